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

/** Lets models speak before the eyes of a chat's viewers. */
@Injectable()
export class SpeechMaker {
  constructor(
    private readonly gateway: ModelGateway,
    private readonly drafts: DraftsService,
    private readonly moderator: Moderator,
    private readonly settings: Settings,
  ) {}

  /** Begins an answer, of one request or several. It has to be ended. @param onWords called when words are shown again */
  open(lease: RunLease, scene: Scene, onWords: () => void): Speaker {
    const { id, chatId, botId: senderId } = lease.run;
    const writer = this.drafts.open({ id, chatId, senderId }, lease.token, () => lease.stop({ kind: 'lost' }));
    const { gateway, moderator, settings } = this;
    return new Speaker({ gateway, moderator, settings }, lease, scene, writer, onWords);
  }
}

interface Means {
  gateway: ModelGateway;
  moderator: Moderator;
  settings: Settings;
}

/** An answer in the making: what its requests bring, one after the other, is one text. */
export class Speaker {
  readonly speech: Speech = { text: '', said: '', toolCalls: [], finishReason: '', remarks: [] };
  private readonly listener: Listener;

  constructor(
    private readonly means: Means,
    private readonly lease: RunLease,
    private readonly scene: Scene,
    private readonly writer: DraftWriter,
    onWords: () => void,
  ) {
    // Where answers are checked before they are shown, nobody sees them grow.
    const isHidden = means.settings.AI_MODERATION_OUTPUT === 'block';
    this.listener = new Listener(this.speech, scene, this.verdictOnInput(), isHidden ? undefined : writer, () => {
      this.note();
      onWords();
    });
  }

  /** Says once more what was said by a worker that is gone, and was seen by nobody. */
  async repeat(said: readonly string[]): Promise<void> {
    for (const text of said) {
      this.listener.pause();
      if (text && !(await this.listener.hear(text))) return;
    }
  }

  /**
   * One request. Ends early when the lease does. Never throws what the model's side has done wrong: that is in the speech.
   *
   * @param extraRoom how often the room for the answer is doubled
   */
  async ask(request: ModelRequest, trace: RequestTrace, extraRoom: number): Promise<void> {
    const { speech } = this;
    Object.assign(speech, { said: '', toolCalls: [], finishReason: '', usage: undefined, failure: undefined });
    this.listener.pause();
    const enough = new AbortController();
    const signal = AbortSignal.any([this.lease.signal, enough.signal]);
    try {
      for await (const event of this.means.gateway.stream(request, trace, signal, extraRoom)) {
        if (event.type === 'text') {
          const text = event.text.replaceAll('\0', ''); // Postgres keeps none
          speech.said += text;
          if (!(await this.listener.hear(text))) break;
        }
        // Some ask for tools that they were not offered.
        if (event.type === 'tool_calls' && request.tools?.length) speech.toolCalls = event.calls;
        if (event.type === 'finished') Object.assign(speech, { finishReason: event.reason, usage: event.usage });
      }
      await this.conclude();
    } catch (error) {
      if (!(error instanceof ModelFailure)) throw error;
      Object.assign(speech, { failure: error, toolCalls: [] });
    } finally {
      enough.abort();
    }
  }

  /** Resolves when nothing is under way any more. */
  async end(): Promise<void> {
    await this.writer.end();
  }

  /** Before anything is asked of tools, the question is judged; and the whole answer, before it is one. */
  private async conclude(): Promise<void> {
    const { speech } = this;
    if (speech.finishReason && !speech.banned) await this.listener.end();
    if (speech.banned) speech.toolCalls = [];
    if (speech.toolCalls.length === 0) await this.judge();
  }

  private note(): void {
    this.speech.firstWordAt ??= performance.now();
    this.lease.hasSpoken = true;
  }

  /** Asked beside the model, which need not wait for it. @returns for what it must not be answered */
  private async verdictOnInput(): Promise<Verdict> {
    const mode = this.means.settings.AI_MODERATION_INPUT;
    const { trigger, target } = this.scene;
    const categories = mode === 'off' ? [] : await this.means.moderator.check(trigger.body, target);
    return { categories, isBlocking: mode === 'block' };
  }

  private async judge(): Promise<void> {
    const { speech } = this;
    const mode = this.means.settings.AI_MODERATION_OUTPUT;
    if (mode === 'off' || speech.banned || !speech.text.trim()) return;
    const categories = await this.means.moderator.check(speech.text, this.scene.target);
    if (categories.length === 0) return;
    speech.remarks.push(`moderation of the answer: ${categories.join(', ')}`);
    if (mode === 'block') speech.banned = 'moderation_output';
  }
}
