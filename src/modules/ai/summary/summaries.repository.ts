import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../../core/database/database.js';
import type { RunKey } from '../ai-runs.repository.js';
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
const NOTE = statement(
  'ai_summaries.note',
  `UPDATE ai_summaries SET reserved_tokens = $4, reserved_day = $5 WHERE chat_id = $1 AND bot_id = $2 AND lease_token = $3
   RETURNING 1`,
);
const COUNT = statement(
  'ai_summaries.count',
  `UPDATE ai_summaries SET reserved_tokens = 0, reserved_day = NULL, used_tokens = used_tokens + $4
   WHERE chat_id = $1 AND bot_id = $2 AND lease_token = $3 RETURNING 1`,
);
// Whoever has it forgotten meanwhile has changed what it covers: then what was made of it is worth nothing.
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
const FORGET = statement(
  'ai_summaries.forget',
  `UPDATE ai_summaries SET body = '', from_seq = 0, from_at = NULL, up_to_seq = changed.up_to_seq
   FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS changed (chat_id, seq, up_to_seq)
   WHERE ai_summaries.chat_id = changed.chat_id AND ai_summaries.up_to_seq >= changed.seq`,
);

/** What is remembered. */
export type Summary = Pick<AiSummaryEntity, 'body' | 'fromSeq' | 'fromAt' | 'upToSeq'>;

/** One that a worker makes anew, with what the worker before it has left set aside. */
export type ClaimedSummary = Summary & Pick<AiSummaryEntity, 'reservedTokens' | 'reservedDay'>;

/** Which summaries are forgotten. */
export interface Forgotten {
  chatId: string;
  /** Only if it covers this entry of the chat's log. */
  seq: number;
  /** Up to where nothing shall become a part of a new one. */
  upToSeq: number;
}

/** Whose summary, and by whom it is made. */
export interface SummaryHold extends RunKey {
  token: string;
}

@Injectable()
export class SummariesRepository {
  constructor(private readonly database: Database) {}

  async find({ botId, chatId }: RunKey): Promise<Summary | undefined> {
    const [row] = await this.database.query<Summary>(FIND, [chatId, botId]);
    return row;
  }

  /** @returns undefined when another worker makes it, or it has just failed */
  async claim({ chatId, botId, token }: SummaryHold, leaseMs: number): Promise<ClaimedSummary | undefined> {
    const [row] = await this.database.query<ClaimedSummary>(CLAIM, [chatId, botId, token, leaseMs]);
    return row;
  }

  /** Notes what was set aside. @returns false when another worker makes it, here and in what follows */
  async note({ chatId, botId, token }: SummaryHold, tokens: number, day: string): Promise<boolean> {
    return (await this.database.query(NOTE, [chatId, botId, token, tokens, day])).length > 0;
  }

  /** Notes that it was given back. @param used of it */
  async count({ chatId, botId, token }: SummaryHold, used: number): Promise<boolean> {
    return (await this.database.query(COUNT, [chatId, botId, token, used])).length > 0;
  }

  /** @param before up to where it went when it was read. @returns false also when it was forgotten meanwhile */
  async write({ chatId, botId, token }: SummaryHold, before: number, summary: Summary): Promise<boolean> {
    const { body, fromSeq, fromAt, upToSeq } = summary;
    return (
      (await this.database.query(WRITE, [chatId, botId, token, before, body, fromSeq, fromAt, upToSeq])).length > 0
    );
  }

  /** @param restMs for which nobody makes it */
  async release({ chatId, botId, token }: SummaryHold, restMs: number): Promise<void> {
    await this.database.query(RELEASE, [chatId, botId, token, restMs]);
  }

  /** Those of all bots in these chats. */
  async forget(forgotten: readonly Forgotten[]): Promise<void> {
    const column = <Name extends keyof Forgotten>(name: Name) => forgotten.map((each) => each[name]);
    await this.database.query(FORGET, [column('chatId'), column('seq'), column('upToSeq')]);
  }
}
