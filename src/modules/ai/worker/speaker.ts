import { Injectable } from '@nestjs/common';
import { Settings } from '../../../core/config/settings.js';
import { type DraftWriter, DraftsService } from '../../messages/index.js';
import { ModelFailure } from '../model/model-failure.js';
import { ModelGateway, type RequestTrace } from '../model/model-gateway.js';
import type { ModelRequest } from '../model/model.types.js';
import { Moderator } from '../model/moderator.js';
import { Listener, type Verdict } from './listener.js';
import type { RunLease } from './run-lease.js';
import type { Scene } from './scene.js';
import type { Speech } from './speech.js';

/** Creates completion streams that are published live as drafts. */
@Injectable()
export class SpeechMaker {
  constructor(
    private readonly gateway: ModelGateway,
    private readonly drafts: DraftsService,
    private readonly moderator: Moderator,
    private readonly settings: Settings,
  ) {}

  /** Opens a stream for one or more requests. The caller closes it. @param onOutput called when a part becomes visible */
  open(lease: RunLease, context: Scene, onOutput: () => void): Speaker {
    const { id, chatId, botId: senderId } = lease.run;
    const writer = this.drafts.open({ id, chatId, senderId }, lease.token, () => lease.stop({ kind: 'lost' }));
    const { gateway, moderator, settings } = this;
    return new Speaker({ gateway, moderator, settings }, lease, context, writer, onOutput);
  }
}

interface Dependencies {
  gateway: ModelGateway;
  moderator: Moderator;
  settings: Settings;
}

/** A streamed completion. The output of consecutive requests is one text. */
export class Speaker {
  readonly speech: Speech = { text: '', said: '', toolCalls: [], finishReason: '', remarks: [] };
  private readonly filter: Listener;

  constructor(
    private readonly dependencies: Dependencies,
    private readonly lease: RunLease,
    private readonly context: Scene,
    private readonly writer: DraftWriter,
    onOutput: () => void,
  ) {
    // Output that is moderated before it is shown is not streamed.
    const isHidden = dependencies.settings.AI_MODERATION_OUTPUT === 'block';
    this.filter = new Listener(this.speech, context, this.moderateInput(), isHidden ? undefined : writer, () => {
      this.recordOutput();
      onOutput();
    });
  }

  /** Adds the text of earlier requests of a dead worker, which no viewer has seen. */
  async repeat(texts: readonly string[]): Promise<void> {
    for (const text of texts) {
      this.filter.pause();
      if (text && !(await this.filter.hear(text))) return;
    }
  }

  /**
   * Sends one request. Ends early when the lease ends. A model failure is not thrown but stored in the completion.
   *
   * @param extraRoom how often the output limit is doubled
   */
  async ask(request: ModelRequest, trace: RequestTrace, extraRoom: number): Promise<void> {
    const { speech: completion } = this;
    Object.assign(completion, { said: '', toolCalls: [], finishReason: '', usage: undefined, failure: undefined });
    this.filter.pause();
    const finished = new AbortController();
    const signal = AbortSignal.any([this.lease.signal, finished.signal]);
    try {
      for await (const event of this.dependencies.gateway.stream(request, trace, signal, extraRoom)) {
        if (event.type === 'text') {
          const text = event.text.replaceAll('\0', ''); // Postgres rejects NUL
          completion.said += text;
          if (!(await this.filter.hear(text))) break;
        }
        // Some models call tools that were not offered.
        if (event.type === 'tool_calls' && request.tools?.length) completion.toolCalls = event.calls;
        if (event.type === 'finished') Object.assign(completion, { finishReason: event.reason, usage: event.usage });
      }
      await this.conclude();
    } catch (error) {
      if (!(error instanceof ModelFailure)) throw error;
      Object.assign(completion, { failure: error, toolCalls: [] });
    } finally {
      finished.abort();
    }
  }

  /** Resolves when all writes have ended. */
  async end(): Promise<void> {
    await this.writer.end();
  }

  /** Checks the input before tools are called, and the output before it becomes the reply. */
  private async conclude(): Promise<void> {
    const { speech: completion } = this;
    if (completion.finishReason && !completion.banned) await this.filter.end();
    if (completion.banned) completion.toolCalls = [];
    if (completion.toolCalls.length === 0) await this.moderateOutput();
  }

  private recordOutput(): void {
    this.speech.firstWordAt ??= performance.now();
    this.lease.hasSpoken = true;
  }

  /** Runs in parallel with the model request. */
  private async moderateInput(): Promise<Verdict> {
    const mode = this.dependencies.settings.AI_MODERATION_INPUT;
    const { trigger, target } = this.context;
    const categories = mode === 'off' ? [] : await this.dependencies.moderator.check(trigger.body, target);
    return { categories, isBlocking: mode === 'block' };
  }

  private async moderateOutput(): Promise<void> {
    const { speech: completion } = this;
    const mode = this.dependencies.settings.AI_MODERATION_OUTPUT;
    if (mode === 'off' || completion.banned || !completion.text.trim()) return;
    const categories = await this.dependencies.moderator.check(completion.text, this.context.target);
    if (categories.length === 0) return;
    completion.remarks.push(`output moderation: ${categories.join(', ')}`);
    if (mode === 'block') completion.banned = 'moderation_output';
  }
}
