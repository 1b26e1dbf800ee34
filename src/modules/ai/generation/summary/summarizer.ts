import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { randomHex } from '../../../../core/crypto/tokens.js';
import type { BotChatKey } from '../../ai.queues.js';
import type { BotChat } from '../context/conversation-loader.js';
import type { SummaryLease } from './summaries.repository.js';
import { type SummaryInput, SummaryInputLoader } from './summary-input-loader.js';
import { SummaryGenerator } from './summary-generator.js';
import { SummaryStore } from './summary-store.js';

/** Delay after a failure. */
const BACKOFF_MS = 5 * 60_000;

/**
 * Maintains the summaries of chats, after replies.
 *
 *   wake-up ─► enough new messages? ──(no)──► end
 *                │
 *                ▼
 *            lease ─► model: summary and new messages ─► lock the chat: messages unchanged? ─► write
 *                       ▲                                                                        │
 *                       └──────────────────── more messages than fit one request ────────────────┘
 *
 * A lost wake-up is sent again after the next reply. After a crash the lease expires; at worst a summary is generated twice.
 */
@Injectable()
export class Summarizer implements OnModuleDestroy {
  private readonly logger = new Logger(Summarizer.name);
  private readonly stopping = new AbortController();

  constructor(
    private readonly inputs: SummaryInputLoader,
    private readonly generator: SummaryGenerator,
    private readonly store: SummaryStore,
  ) {}

  onModuleDestroy(): void {
    this.stopping.abort();
  }

  async refresh(key: BotChatKey): Promise<void> {
    const botChat = await this.inputs.findBotChat(key);
    if (!botChat || (await this.inputs.load(botChat)).newMessages.length === 0) return;
    const lease: SummaryLease = { ...key, token: randomHex(8) };
    if (!(await this.store.claim(lease))) return;
    let delayMs = BACKOFF_MS;
    try {
      let input = await this.inputs.load(botChat);
      while (input.newMessages.length > 0 && (await this.extend(botChat, lease, input))) {
        input = await this.inputs.load(botChat);
      }
      // An aborted request is not a failure.
      if (input.newMessages.length === 0 || this.stopping.signal.aborted) delayMs = 0;
    } catch (error) {
      this.logger.warn(`Summary of chat ${key.chatId} failed: ${(error as Error).message}`);
    } finally {
      await this.store.release(lease, delayMs);
    }
  }

  /** @returns false if no tokens are left, the model failed, or the messages changed meanwhile */
  private async extend({ ai }: BotChat, lease: SummaryLease, input: SummaryInput): Promise<boolean> {
    const request = this.generator.createRequest(lease.botId, ai, input);
    const reserved = await this.generator.maxTokensOf(request);
    const day = await this.store.reserve(lease, ai, reserved);
    if (day === undefined) return false;
    const { text, used } = await this.generator.generate(lease, request, this.stopping.signal);
    await this.store.settle(lease, { day, tokens: reserved }, used);
    return text !== '' && this.store.save(lease, input, text);
  }
}
