import { Injectable } from '@nestjs/common';
import { Settings } from '../../../core/config/settings.js';
import { Database } from '../../../core/database/database.js';
import type { AiSettings } from '../../bots/index.js';
import { ChatLog } from '../../chats/index.js';
import { type MessageEntity, MessagesService } from '../../messages/index.js';
import { SummariesRepository, type SummaryHold } from '../summary/summaries.repository.js';
import { TokenBudgets } from '../token-budgets.js';
import type { Memory } from './memory.reader.js';

/** For the writing down, behind the longest request. */
const LEASE_SLACK_MS = 30_000;

/** Keeps what bots remember, and what is set aside for it meanwhile. */
@Injectable()
export class SummaryKeeper {
  constructor(
    private readonly summaries: SummariesRepository,
    private readonly budgets: TokenBudgets,
    private readonly messages: MessagesService,
    private readonly log: ChatLog,
    private readonly database: Database,
    private readonly settings: Settings,
  ) {}

  /** Gives back what a worker that is gone had set aside. @returns false when another one is at it, or it has just failed */
  async claim(hold: SummaryHold): Promise<boolean> {
    const left = await this.summaries.claim(hold, this.settings.AI_RUN_MS + LEASE_SLACK_MS);
    if (left?.reservedDay) await this.settle(hold, { day: left.reservedDay, tokens: left.reservedTokens }, 0);
    return left !== undefined;
  }

  /** @param restMs for which nobody makes it again */
  release(hold: SummaryHold, restMs: number): Promise<void> {
    return this.summaries.release(hold, restMs);
  }

  /** @returns the day whose tokens they are; undefined when there are not so many left */
  reserve(hold: SummaryHold, ai: AiSettings, tokens: number): Promise<string | undefined> {
    return this.database.transaction(async () => {
      const day = await this.budgets.reserve({ botId: hold.botId, ai, tokens });
      if (day !== undefined) await this.summaries.note(hold, tokens, day);
      return day;
    });
  }

  /** Gives back what was set aside, and counts what was used: once, whoever does it. */
  settle(hold: SummaryHold, { day, tokens }: { day: string; tokens: number }, used: number): Promise<void> {
    return this.database.transaction(async () => {
      if (await this.summaries.count(hold, used)) await this.budgets.spend(hold.botId, day, tokens, used);
    });
  }

  /**
   * Under the chat's lock, as all who change messages: what was taken back meanwhile must not stand in it.
   *
   * @returns false when the chat is not any more what it was
   */
  keep(hold: SummaryHold, { summary, version, folded }: Memory, body: string): Promise<boolean> {
    const [first, last] = [folded[0].message, folded.at(-1)!.message];
    return this.database.transaction(async () => {
      await this.log.lock([hold.chatId]);
      const place = { chatId: hold.chatId, afterSeq: first.seq - 1 };
      const [now] = await this.messages.logs([place], last.seq - first.seq + 1);
      const versions = new Map(now.map((message) => [message.id, versionOf(message)]));
      if (!folded.every(({ message }) => versions.get(message.id) === versionOf(message))) return false;
      return this.summaries.write(hold, version, {
        body,
        fromSeq: summary?.fromSeq ?? first.seq,
        fromAt: summary?.fromAt ?? first.createdAt,
        upToSeq: last.seq,
      });
    });
  }
}

const versionOf = ({ updatedAt, removedAt }: MessageEntity): number => (removedAt ? -1 : (updatedAt?.getTime() ?? 0));
