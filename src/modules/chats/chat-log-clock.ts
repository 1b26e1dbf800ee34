import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../core/database/database.js';

/** Begins the application name of a connection whose transaction writes to logs. Behind it: no entry of its has an earlier time. */
const MARK = 'parley-log:';

const CLOCK = `(extract(epoch FROM clock_timestamp()) * 1000)::bigint`;

/** A clock that is corrected by more than this was wrong: then logs go on with the right time, and viewers may miss entries. */
const MAX_LEAD_MS = 24 * 3600 * 1000;

const NEWEST = `coalesce(pg_sequence_last_value('chat_log_clock'), 0)`;
/** SQL: notes that entries up to this time are written. Before the commit, so that whatever sees them sees it, too. */
export const raiseClock = (time: string): string => `setval('chat_log_clock', greatest(${time}, ${NEWEST}, 1))`;

const TIME = `greatest(${CLOCK}, least(${NEWEST} + 1, ${CLOCK} + ${MAX_LEAD_MS}))`;

/**
 * SQL: marks the transaction as one that writes to logs, and then reads the time for its entries. To be evaluated once all chats are
 * locked. The mark of a transaction stays that of the first time.
 */
export const LOG_TIME = `(SELECT greatest(mark.bound, ${TIME}) FROM (
  SELECT split_part(CASE WHEN current_setting('application_name') LIKE '${MARK}%' THEN current_setting('application_name')
                         ELSE set_config('application_name', '${MARK}' || ${TIME}, true) END, ':', 2)::bigint AS bound OFFSET 0) mark)`;

// The clock is read first: a transaction that marks itself after that has later entries.
const SETTLED = statement(
  'chat_log_clock.settled',
  `WITH clock AS MATERIALIZED (SELECT least(${NEWEST}, ${CLOCK} + ${MAX_LEAD_MS}) + 1 AS at)
   SELECT least(clock.at, writers.at) AS "until", writers.at IS NOT NULL AS "hasWriters"
   FROM clock CROSS JOIN LATERAL (
     SELECT min(split_part(application_name, ':', 2)::bigint) AS at FROM pg_stat_activity
     WHERE clock.at IS NOT NULL AND datname = current_database() AND application_name ~ '^${MARK}[0-9]+$') writers`,
);
const CATCH_UP = statement('chat_log_clock.catch_up', `SELECT ${raiseClock('$1::bigint')}`);

export interface Settled {
  /** Milliseconds. No entry with an earlier time is added to any log any more. */
  readonly until: number;
  /** Transactions are under way that may add entries with this time, or later. */
  readonly hasWriters: boolean;
}

/**
 * The time of all logs. It goes with the database's clock, and when that steps back, on from the newest entry; so no entry is ever
 * added before one that may have been shown already.
 *
 *   writer: lock the chats ─► mark the transaction with the time T ─► read the time again, at least T ─► entries ─► raise the clock ─► COMMIT
 *   reader: read the newest time ─► read the marks of all that write ─► before the earliest of these, logs are as they will stay
 *
 * A transaction that does not write to logs, or still waits for a chat, has no mark, and however long it takes, no viewer waits for it.
 */
@Injectable()
export class ChatLogClock {
  constructor(private readonly database: Database) {}

  async settled(): Promise<Settled> {
    const [settled] = await this.database.query<Settled>(SETTLED);
    return settled;
  }

  /** Goes on to the time of an entry, or of a chat, that was not noted. */
  async catchUp(at: number): Promise<void> {
    await this.database.query(CATCH_UP, [at]);
  }
}
