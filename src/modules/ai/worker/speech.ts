import { Injectable } from '@nestjs/common';
import { Settings } from '../../../core/config/settings.js';
import { type DraftWriter, DraftsService } from '../../messages/index.js';
import type { ModelFailure } from '../model/model-failure.js';
import { ModelGateway, type RequestTrace } from '../model/model-gateway.js';
import type { ModelRequest, ModelUsage } from '../model/model.types.js';
import { Moderator } from '../model/moderator.js';
import { SafeguardFilter } from '../safeguard.js';
import type { RunLease } from './run-lease.js';
import type { Scene } from './scene.js';

/** No answer is longer; a model that does not stop is stopped. */
const MAX_CHARS = 16_000;

/** What a model has said, and how it ended. */
export interface Speech {
  /** What was shown, or was to be shown. */
  text: string;
  finishReason: string;
  usage?: ModelUsage;
  failure?: ModelFailure;
  /** Why it must not be said, or should not have been asked. */
  banned?: string;
  /** Of `performance.now()`; undefined when nobody has seen a word. */
  firstWordAt?: number;
  /** For the operator. */
  remarks: string[];
}

export interface SpeechOptions {
  /** How often the room for the answer is doubled. */
  extraRoom: number;
  onFirstWord: () => void;
}

/** Lets a model speak, before the eyes of the chat's viewers. */
@Injectable()
export class SpeechMaker {
  constructor(
    private readonly gateway: ModelGateway,
    private readonly drafts: DraftsService,
    private readonly moderator: Moderator,
    private readonly settings: Settings,
  ) {}

  /** Ends early when the lease does. Never throws what the model's side has done wrong: that is in the speech. */
  async make(
    lease: RunLease,
    scene: Scene,
    request: ModelRequest,
    trace: RequestTrace,
    { extraRoom, onFirstWord }: SpeechOptions,
  ): Promise<Speech> {
    const { id, chatId, botId: senderId } = lease.run;
    const speech: Speech = { text: '', finishReason: '', remarks: [] };
    const writer = this.drafts.open({ id, chatId, senderId }, lease.token, () => lease.stop({ kind: 'lost' }));
    const enough = new AbortController();
    const signal = AbortSignal.any([lease.signal, enough.signal]);
    const onFirst = () => {
      speech.firstWordAt = performance.now();
      lease.hasSpoken = true;
      onFirstWord();
    };
    try {
      const listener = new Listener(
        speech,
        scene,
        this.verdictOnInput(scene),
        this.isHidden ? undefined : writer,
        onFirst,
      );
      for await (const event of this.gateway.stream(request, trace, signal, extraRoom)) {
        if (event.type === 'text' && !(await listener.hear(event.text))) break;
        if (event.type === 'finished') {
          Object.assign(speech, { finishReason: event.reason, usage: event.usage });
          await listener.end();
        }
      }
      await this.judge(speech, scene);
    } catch (error) {
      if ((error as Error).name !== 'ModelFailure') throw error;
      speech.failure = error as ModelFailure;
    } finally {
      enough.abort();
      await writer.end();
    }
    return speech;
  }

  /** Where answers are checked before they are shown, nobody sees them grow. */
  private get isHidden(): boolean {
    return this.settings.AI_MODERATION_OUTPUT === 'block';
  }

  /** Asked beside the model, which need not wait for it. @returns for what it must not be answered */
  private async verdictOnInput({ trigger, target }: Scene): Promise<{ categories: string[]; isBlocking: boolean }> {
    const mode = this.settings.AI_MODERATION_INPUT;
    const categories = mode === 'off' ? [] : await this.moderator.check(trigger.body, target);
    return { categories, isBlocking: mode === 'block' };
  }

  private async judge(speech: Speech, { target }: Scene): Promise<void> {
    const mode = this.settings.AI_MODERATION_OUTPUT;
    if (mode === 'off' || speech.banned || !speech.text.trim()) return;
    const categories = await this.moderator.check(speech.text, target);
    if (categories.length === 0) return;
    speech.remarks.push(`moderation of the answer: ${categories.join(', ')}`);
    if (mode === 'block') speech.banned = 'moderation_output';
  }
}

/** Hears the words of a model and hands on what may be shown. */
class Listener {
  private readonly filter: SafeguardFilter;
  private isJudged = false;

  /** @param writer undefined where nothing is shown yet */
  constructor(
    private readonly speech: Speech,
    scene: Scene,
    private readonly verdict: Promise<{ categories: string[]; isBlocking: boolean }>,
    private readonly writer: DraftWriter | undefined,
    private readonly onFirst: () => void,
  ) {
    this.filter = new SafeguardFilter(scene.banned);
  }

  /** @returns false when the model need not go on */
  async hear(text: string): Promise<boolean> {
    if (!this.isJudged && !(await this.mayBeAnswered())) return false;
    const filtered = this.filter.push(text);
    if ('banned' in filtered) {
      this.speech.banned = filtered.banned;
      return false;
    }
    this.show(filtered.text);
    if (this.speech.text.length < MAX_CHARS) return true;
    this.speech.finishReason = 'length';
    return false;
  }

  async end(): Promise<void> {
    if (this.isJudged || (await this.mayBeAnswered())) this.show(this.filter.flush());
  }

  private async mayBeAnswered(): Promise<boolean> {
    const { categories, isBlocking } = await this.verdict;
    this.isJudged = true;
    if (categories.length === 0) return true;
    this.speech.remarks.push(`moderation of the question: ${categories.join(', ')}`);
    if (isBlocking) this.speech.banned = 'moderation_input';
    return !isBlocking;
  }

  /** Nothing begins with empty lines. */
  private show(text: string): void {
    const shown = this.speech.text === '' ? text.trimStart() : text;
    if (shown === '') return;
    const isFirst = this.speech.text === '';
    this.speech.text = (this.speech.text + shown).slice(0, MAX_CHARS);
    this.writer?.append(shown);
    if (isFirst && this.writer) this.onFirst();
  }
}
