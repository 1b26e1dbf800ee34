import { Injectable } from '@nestjs/common';
import { AiModuleSettings } from '../ai.settings.js';
import { type DraftWriter, DraftsService } from '../../messages/index.js';
import { ModelFailure } from '../providers/model-failure.js';
import { ModelGateway, type RequestTrace } from '../providers/model-gateway.js';
import type { ModelRequest } from '../providers/model.types.js';
import { Moderator } from '../providers/moderator.js';
import { OutputFilter, type InputModeration } from './output-filter.js';
import type { Completion, RunContext } from './completion.js';
import type { CompletionSession } from './completion-session.js';

/** Creates completion streams that are published live as drafts. */
@Injectable()
export class CompletionStreamFactory {
  constructor(
    private readonly gateway: ModelGateway,
    private readonly drafts: DraftsService,
    private readonly moderator: Moderator,
    private readonly settings: AiModuleSettings,
  ) {}

  /** Opens a stream for one or more requests. The caller closes it. */
  create(session: CompletionSession, context: RunContext): CompletionStream {
    const { id, chatId, botId: senderId } = session.run;
    const writer = this.drafts.createWriter({ id, chatId, senderId }, session.token, () => session.stopLost());
    const { gateway, moderator, settings } = this;
    return new CompletionStream({ gateway, moderator, settings }, session, context, writer);
  }
}

interface Dependencies {
  gateway: ModelGateway;
  moderator: Moderator;
  settings: AiModuleSettings;
}

/** A streamed completion. The output of consecutive requests is one text. */
export class CompletionStream {
  readonly completion: Completion = { text: '', requestText: '', toolCalls: [], finishReason: '', remarks: [] };
  private readonly filter: OutputFilter;

  constructor(
    private readonly dependencies: Dependencies,
    private readonly session: CompletionSession,
    private readonly context: RunContext,
    private readonly writer: DraftWriter,
  ) {
    // Output that is moderated before it is shown is not streamed.
    const isHidden = dependencies.settings.AI_MODERATION_OUTPUT === 'block';
    this.filter = new OutputFilter(
      this.completion,
      context,
      this.moderateInput(),
      isHidden ? undefined : writer,
      () => {
        this.completion.firstTokenAt ??= performance.now();
        session.onOutput();
      },
    );
  }

  /** Adds the text of earlier requests of a dead worker, which no viewer has seen. */
  async replay(texts: readonly string[]): Promise<void> {
    for (const text of texts) {
      this.filter.startPart();
      if (text && !(await this.filter.push(text))) return;
    }
  }

  /**
   * Sends one request. Ends early when the session stops. A model failure is not thrown but stored in the completion.
   *
   * @param limitDoublings how often the output limit is doubled
   */
  async request(request: ModelRequest, trace: RequestTrace, limitDoublings: number): Promise<void> {
    const { completion } = this;
    Object.assign(completion, {
      requestText: '',
      toolCalls: [],
      finishReason: '',
      usage: undefined,
      failure: undefined,
    });
    this.filter.startPart();
    const finished = new AbortController();
    const signal = AbortSignal.any([this.session.signal, finished.signal]);
    try {
      for await (const event of this.dependencies.gateway.stream(request, trace, signal, limitDoublings)) {
        if (event.type === 'text') {
          const text = event.text.replaceAll('\0', ''); // Postgres rejects NUL
          completion.requestText += text;
          if (!(await this.filter.push(text))) break;
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
  async close(): Promise<void> {
    await this.writer.end();
  }

  /** Checks the input before tools are called, and the output before it becomes the reply. */
  private async conclude(): Promise<void> {
    const { completion } = this;
    if (completion.finishReason && !completion.blockReason) await this.filter.flush();
    if (completion.blockReason) completion.toolCalls = [];
    if (completion.toolCalls.length === 0) await this.moderateOutput();
  }

  /** Runs in parallel with the model request. */
  private async moderateInput(): Promise<InputModeration> {
    const mode = this.dependencies.settings.AI_MODERATION_INPUT;
    const { trigger, target } = this.context;
    const categories = mode === 'off' ? [] : await this.dependencies.moderator.check(trigger.body, target);
    return { categories, isBlocking: mode === 'block' };
  }

  private async moderateOutput(): Promise<void> {
    const { completion } = this;
    const mode = this.dependencies.settings.AI_MODERATION_OUTPUT;
    if (mode === 'off' || completion.blockReason || !completion.text.trim()) return;
    const categories = await this.dependencies.moderator.check(completion.text, this.context.target);
    if (categories.length === 0) return;
    completion.remarks.push(`output moderation: ${categories.join(', ')}`);
    if (mode === 'block') completion.blockReason = 'moderation_output';
  }
}
