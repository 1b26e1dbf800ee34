import { cutText } from '../../../core/text/storable-text.js';
import type { DraftWriter } from '../../messages/index.js';
import { SafeguardFilter } from './safeguard.js';
import type { Completion, RunContext } from './completion.js';

/** A longer completion is cut off. */
const MAX_CHARS = 16_000;
/** Separates the text before a tool call from the text after it. */
const PART_SEPARATOR = '\n\n';

/** The result of moderating the message that triggered the run. */
export interface InputModeration {
  categories: string[];
  isBlocking: boolean;
}

/** Filters the output of a model and forwards what may be shown. */
export class OutputFilter {
  private readonly filter: SafeguardFilter;
  private isModerationRecorded = false;
  private isNewPart = false;

  /** @param writer undefined if output stays hidden until it was moderated. @param onOutput called when a part becomes visible */
  constructor(
    private readonly completion: Completion,
    context: RunContext,
    private readonly moderation: Promise<InputModeration>,
    private readonly writer: DraftWriter | undefined,
    private readonly onOutput: () => void,
  ) {
    this.filter = new SafeguardFilter(context.bannedPhrases);
  }

  /** Starts another part of the same completion. */
  startPart(): void {
    this.isNewPart = true;
  }

  /** @returns false if the model request can be ended */
  async push(text: string): Promise<boolean> {
    if (!(await this.isInputAllowed())) return false;
    const filtered = this.filter.push(text);
    if ('banned' in filtered) {
      this.completion.blockReason = filtered.banned;
      return false;
    }
    this.show(filtered.text);
    if (this.completion.text.length < MAX_CHARS) return true;
    this.completion.finishReason = 'length';
    return false;
  }

  /** Shows text that was withheld as the possible start of a banned phrase. */
  async flush(): Promise<void> {
    if (await this.isInputAllowed()) this.show(this.filter.flush());
  }

  /** Waits for the moderation of the input. */
  private async isInputAllowed(): Promise<boolean> {
    const { categories, isBlocking } = await this.moderation;
    if (!this.isModerationRecorded && categories.length > 0) {
      this.completion.remarks.push(`input moderation: ${categories.join(', ')}`);
      if (isBlocking) this.completion.blockReason = 'moderation_input';
    }
    this.isModerationRecorded = true;
    return this.completion.blockReason === undefined;
  }

  /** Removes white space at the start of a part. */
  private show(text: string): void {
    const isFirst = this.completion.text === '' || this.isNewPart;
    const visible = isFirst ? text.trimStart() : text;
    if (visible === '') return;
    const shown = isFirst && this.completion.text !== '' ? PART_SEPARATOR + visible : visible;
    this.isNewPart = false;
    this.completion.text = cutText(this.completion.text + shown, MAX_CHARS);
    this.writer?.append(shown);
    if (isFirst && this.writer) this.onOutput();
  }
}
