import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../../../core/database/database.js';
import type { BotChatKey } from '../../ai.queues.js';
import type { AiSummaryEntity } from './summary.entity.js';

const COLUMNS = `body, from_seq AS "fromSeq", from_at AS "fromAt", up_to_seq AS "upToSeq"`;

const FIND = statement('ai_summaries.find', `SELECT ${COLUMNS} FROM ai_summaries WHERE chat_id = $1 AND bot_id = $2`);
const CLAIM = statement(
  'ai_summaries.claim',
  `INSERT INTO ai_summaries AS summary (chat_id, bot_id, lease_token, lease_until)
   VALUES ($1, $2, $3, clock_timestamp() + $4 * interval '1 millisecond')
   ON CONFLICT (chat_id, bot_id) DO UPDATE SET lease_token = excluded.lease_token, lease_until = excluded.lease_until
     WHERE summary.lease_until IS NULL OR summary.lease_until <= clock_timestamp()
   RETURNING ${COLUMNS}, reserved_tokens AS "reservedTokens", reserved_day::text AS "reservedDay"`,
);
const RECORD_RESERVATION = statement(
  'ai_summaries.record_reservation',
  `UPDATE ai_summaries SET reserved_tokens = $4, reserved_day = $5 WHERE chat_id = $1 AND bot_id = $2 AND lease_token = $3
   RETURNING 1`,
);
const RECORD_USAGE = statement(
  'ai_summaries.record_usage',
  `UPDATE ai_summaries SET reserved_tokens = 0, reserved_day = NULL, used_tokens = used_tokens + $4
   WHERE chat_id = $1 AND bot_id = $2 AND lease_token = $3 RETURNING 1`,
);
// An invalidation changes `up_to_seq`, so an outdated summary is not written.
const WRITE = statement(
  'ai_summaries.write',
  `UPDATE ai_summaries SET body = $5, from_seq = $6, from_at = $7, up_to_seq = $8
   WHERE chat_id = $1 AND bot_id = $2 AND lease_token = $3 AND up_to_seq = $4 RETURNING 1`,
);
const RELEASE = statement(
  'ai_summaries.release',
  `UPDATE ai_summaries SET lease_token = NULL, lease_until = clock_timestamp() + $4 * interval '1 millisecond'
   WHERE chat_id = $1 AND bot_id = $2 AND lease_token = $3`,
);
const INVALIDATE = statement(
  'ai_summaries.invalidate',
  `UPDATE ai_summaries SET body = '', from_seq = 0, from_at = NULL, up_to_seq = changed.up_to_seq
   FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS changed (chat_id, seq, up_to_seq)
   WHERE ai_summaries.chat_id = changed.chat_id AND ai_summaries.up_to_seq >= changed.seq`,
);

/** The content of a summary. */
export type Summary = Pick<AiSummaryEntity, 'body' | 'fromSeq' | 'fromAt' | 'upToSeq'>;

/** A claimed summary, with the reservation that a dead worker may have left. */
export type ClaimedSummary = Summary & Pick<AiSummaryEntity, 'reservedTokens' | 'reservedDay'>;

/** Summaries of one chat to invalidate. */
export interface SummaryInvalidation {
  chatId: string;
  /** Only summaries that cover this chat log entry. */
  seq: number;
  /** A new summary starts after this entry. */
  upToSeq: number;
}

/** Bot, chat, and the lease token of the worker. */
export interface SummaryLease extends BotChatKey {
  token: string;
}

@Injectable()
export class SummariesRepository {
  constructor(private readonly database: Database) {}

  async find({ botId, chatId }: BotChatKey): Promise<Summary | undefined> {
    const [row] = await this.database.query<Summary>(FIND, [chatId, botId]);
    return row;
  }

  /** @returns undefined if another worker has it, or it has just failed */
  async claim({ chatId, botId, token }: SummaryLease, leaseMs: number): Promise<ClaimedSummary | undefined> {
    const [row] = await this.database.query<ClaimedSummary>(CLAIM, [chatId, botId, token, leaseMs]);
    return row;
  }

  /** Records a token reservation. @returns false if the lease was lost, as in the methods below */
  async recordReservation({ chatId, botId, token }: SummaryLease, tokens: number, day: string): Promise<boolean> {
    return (await this.database.query(RECORD_RESERVATION, [chatId, botId, token, tokens, day])).length > 0;
  }

  /** Records the used tokens and removes the reservation. */
  async recordUsage({ chatId, botId, token }: SummaryLease, used: number): Promise<boolean> {
    return (await this.database.query(RECORD_USAGE, [chatId, botId, token, used])).length > 0;
  }

  /** @param before `upToSeq` when it was read. @returns false also if it was invalidated meanwhile */
  async write({ chatId, botId, token }: SummaryLease, before: number, summary: Summary): Promise<boolean> {
    const { body, fromSeq, fromAt, upToSeq } = summary;
    return (
      (await this.database.query(WRITE, [chatId, botId, token, before, body, fromSeq, fromAt, upToSeq])).length > 0
    );
  }

  /** @param delayMs until it can be claimed again */
  async release({ chatId, botId, token }: SummaryLease, delayMs: number): Promise<void> {
    await this.database.query(RELEASE, [chatId, botId, token, delayMs]);
  }

  /** Clears the summaries of all bots in these chats. */
  async invalidate(invalidations: readonly SummaryInvalidation[]): Promise<void> {
    const column = <Name extends keyof SummaryInvalidation>(name: Name) => invalidations.map((each) => each[name]);
    await this.database.query(INVALIDATE, [column('chatId'), column('seq'), column('upToSeq')]);
  }
}
