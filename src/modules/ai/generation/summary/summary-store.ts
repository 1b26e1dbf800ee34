import { Injectable } from '@nestjs/common';
import { AiModuleSettings } from '../../ai.settings.js';
import { Database } from '../../../../core/database/database.js';
import type { AiSettings } from '../../../bots/index.js';
import { ChatLog } from '../../../chats/index.js';
import { type MessageEntity, MessagesService } from '../../../messages/index.js';
import { SummariesRepository, type SummaryLease } from './summaries.repository.js';
import { TokenBudgets } from '../budgets/token-budgets.js';
import type { SummaryInput } from './summary-input-loader.js';

/** Time to write the summary after the longest request. */
const LEASE_SLACK_MS = 30_000;

/** Stores summaries, and the token reservations of their requests. */
@Injectable()
export class SummaryStore {
  constructor(
    private readonly summaries: SummariesRepository,
    private readonly budgets: TokenBudgets,
    private readonly messages: MessagesService,
    private readonly chatLog: ChatLog,
    private readonly database: Database,
    private readonly settings: AiModuleSettings,
  ) {}

  /** Claims the summary and releases the reservation of a dead worker. @returns false if another worker has it, or it has just failed */
  async claim(lease: SummaryLease): Promise<boolean> {
    const claimed = await this.summaries.claim(lease, this.settings.AI_RUN_MS + LEASE_SLACK_MS);
    if (claimed?.reservedDay) await this.settle(lease, { day: claimed.reservedDay, tokens: claimed.reservedTokens }, 0);
    return claimed !== undefined;
  }

  /** @param delayMs until the summary can be claimed again */
  release(lease: SummaryLease, delayMs: number): Promise<void> {
    return this.summaries.release(lease, delayMs);
  }

  /** @returns the day of the reservation; undefined if too few tokens are left */
  reserve(lease: SummaryLease, ai: AiSettings, tokens: number): Promise<string | undefined> {
    return this.database.transaction(async () => {
      const day = await this.budgets.reserve({ botId: lease.botId, ai, tokens });
      if (day !== undefined) await this.summaries.recordReservation(lease, tokens, day);
      return day;
    });
  }

  /** Releases the reservation and counts the used tokens. Has an effect only once. */
  settle(lease: SummaryLease, { day, tokens }: { day: string; tokens: number }, used: number): Promise<void> {
    return this.database.transaction(async () => {
      if (await this.summaries.recordUsage(lease, used)) await this.budgets.spend(lease.botId, day, tokens, used);
    });
  }

  /**
   * Holds the lock of the chat, as all changes of messages do: the summary must not contain a message that was deleted meanwhile.
   *
   * @returns false if the messages changed meanwhile
   */
  save(lease: SummaryLease, { summary, version, newMessages }: SummaryInput, body: string): Promise<boolean> {
    const [first, last] = [newMessages[0].message, newMessages.at(-1)!.message];
    return this.database.transaction(async () => {
      await this.chatLog.lock([lease.chatId]);
      const position = { chatId: lease.chatId, afterSeq: first.seq - 1 };
      const [current] = await this.messages.readLogs([position], last.seq - first.seq + 1);
      const versions = new Map(current.map((message) => [message.id, versionOf(message)]));
      if (!newMessages.every(({ message }) => versions.get(message.id) === versionOf(message))) return false;
      return this.summaries.write(lease, version, {
        body,
        fromSeq: summary?.fromSeq ?? first.seq,
        fromAt: summary?.fromAt ?? first.createdAt,
        upToSeq: last.seq,
      });
    });
  }
}

const versionOf = ({ updatedAt, removedAt }: MessageEntity): number => (removedAt ? -1 : (updatedAt?.getTime() ?? 0));
