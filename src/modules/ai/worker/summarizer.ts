import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { randomHex } from '../../../core/crypto/tokens.js';
import type { RunKey } from '../ai-runs.repository.js';
import type { PromptPlace } from '../context/conversation.reader.js';
import type { SummaryHold } from '../summary/summaries.repository.js';
import { type Memory, MemoryReader } from './memory.reader.js';
import { SummaryAuthor } from './summary-author.js';
import { SummaryKeeper } from './summary-keeper.js';

/** Behind one that has failed. */
const REST_MS = 5 * 60_000;

/**
 * Makes what bots remember of chats, behind their answers.
 *
 *   bell ─► enough left out? ──(no)──► end
 *             │
 *             ▼
 *         lease ─► model: notes so far, and what is to be folded ─► chat's lock: still as it was? ─► written
 *                    ▲                                                                                 │
 *                    └────────────── more than goes into one request ──────────────────────────────────┘
 *
 * Nobody waits for it. A bell that is lost is rung again behind the next answer, and a crash leaves the lease to run out: at worst it
 * is done twice.
 */
@Injectable()
export class Summarizer implements OnModuleDestroy {
  private readonly logger = new Logger(Summarizer.name);
  private readonly stopping = new AbortController();

  constructor(
    private readonly memories: MemoryReader,
    private readonly author: SummaryAuthor,
    private readonly keeper: SummaryKeeper,
  ) {}

  onModuleDestroy(): void {
    this.stopping.abort();
  }

  async refresh(key: RunKey): Promise<void> {
    const place = await this.memories.placeOf(key);
    if (!place || (await this.memories.read(place)).folded.length === 0) return;
    const hold: SummaryHold = { ...key, token: randomHex(8) };
    if (!(await this.keeper.claim(hold))) return;
    let restMs = REST_MS;
    try {
      let memory = await this.memories.read(place);
      while (memory.folded.length > 0 && (await this.fold(place, hold, memory))) {
        memory = await this.memories.read(place);
      }
      // What was broken off here has not failed.
      if (memory.folded.length === 0 || this.stopping.signal.aborted) restMs = 0;
    } catch (error) {
      this.logger.warn(`The summary of chat ${key.chatId} was not made: ${(error as Error).message}`);
    } finally {
      await this.keeper.release(hold, restMs);
    }
  }

  /** @returns false when there are no tokens left, the model did not answer, or the chat is not any more what it was */
  private async fold({ ai }: PromptPlace, hold: SummaryHold, memory: Memory): Promise<boolean> {
    const request = this.author.requestFor(hold.botId, ai, memory);
    const reserved = await this.author.tokensOf(request);
    const day = await this.keeper.reserve(hold, ai, reserved);
    if (day === undefined) return false;
    const { text, used } = await this.author.ask(hold, request, this.stopping.signal);
    await this.keeper.settle(hold, { day, tokens: reserved }, used);
    return text !== '' && this.keeper.keep(hold, memory, text);
  }
}
