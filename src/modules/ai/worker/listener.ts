import { cutText } from '../../../core/text/storable-text.js';
import type { DraftWriter } from '../../messages/index.js';
import { SafeguardFilter } from '../safeguard.js';
import type { Scene } from './scene.js';
import type { Speech } from './speech.js';

/** No answer is longer; a model that does not stop is stopped. */
const MAX_CHARS = 16_000;
/** Between what was said before a tool was asked and what is said after it. */
const PAUSE = '\n\n';

/** Why something should not have been asked. */
export interface Verdict {
  categories: string[];
  isBlocking: boolean;
}

/** Hears the words of a model and hands on what may be shown. */
export class Listener {
  private readonly filter: SafeguardFilter;
  private isJudged = false;
  private isPaused = false;

  /** @param writer undefined where nothing is shown yet. @param onWords called when words are shown again */
  constructor(
    private readonly speech: Speech,
    scene: Scene,
    private readonly verdict: Promise<Verdict>,
    private readonly writer: DraftWriter | undefined,
    private readonly onWords: () => void,
  ) {
    this.filter = new SafeguardFilter(scene.banned);
  }

  /** What is heard next is another part of the same answer. */
  pause(): void {
    this.isPaused = true;
  }

  /** @returns false when the model need not go on */
  async hear(text: string): Promise<boolean> {
    if (!(await this.mayBeAnswered())) return false;
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

  /** Lets out what was held back as the possible beginning of what must not be said. */
  async end(): Promise<void> {
    if (await this.mayBeAnswered()) this.show(this.filter.flush());
  }

  /** Whether what the person has said is fit to be answered, as far as that is looked into. */
  private async mayBeAnswered(): Promise<boolean> {
    const { categories, isBlocking } = await this.verdict;
    if (!this.isJudged && categories.length > 0) {
      this.speech.remarks.push(`moderation of the question: ${categories.join(', ')}`);
      if (isBlocking) this.speech.banned = 'moderation_input';
    }
    this.isJudged = true;
    return this.speech.banned === undefined;
  }

  /** No part begins with empty lines. */
  private show(text: string): void {
    const isFirst = this.speech.text === '' || this.isPaused;
    const words = isFirst ? text.trimStart() : text;
    if (words === '') return;
    const shown = isFirst && this.speech.text !== '' ? PAUSE + words : words;
    this.isPaused = false;
    this.speech.text = cutText(this.speech.text + shown, MAX_CHARS);
    this.writer?.append(shown);
    if (isFirst && this.writer) this.onWords();
  }
}
