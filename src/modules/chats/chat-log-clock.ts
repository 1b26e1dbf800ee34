import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../core/database/database.js';

/** Prefix of the application name of a connection whose transaction writes to logs. The lower bound of its entries' times follows. */
const MARK = 'parley-log:';

const CLOCK = `(extract(epoch FROM clock_timestamp()) * 1000)::bigint`;

/** After a correction of the database clock by more than this, log times restart at the corrected clock; viewers may miss entries. */
const MAX_LEAD_MS = 24 * 3600 * 1000;

const NEWEST = `coalesce(pg_sequence_last_value('chat_log_clock'), 0)`;
/** SQL: records the newest entry time. Runs before the commit, so that each reader of the entries also sees the time. */
export const advanceClock = (time: string): string => `setval('chat_log_clock', greatest(${time}, ${NEWEST}, 1))`;

const TIME = `greatest(${CLOCK}, least(${NEWEST} + 1, ${CLOCK} + ${MAX_LEAD_MS}))`;

/**
 * SQL: marks the transaction as a writer to logs, then reads the time for its entries. To be evaluated after all chats are locked.
 * A transaction keeps its first mark.
 */
export const LOG_TIME = `(SELECT greatest(mark.bound, ${TIME}) FROM (
  SELECT split_part(CASE WHEN current_setting('application_name') LIKE '${MARK}%' THEN current_setting('application_name')
                         ELSE set_config('application_name', '${MARK}' || ${TIME}, true) END, ':', 2)::bigint AS bound OFFSET 0) mark)`;

// Reads the clock first: a transaction that marks itself afterwards has later entries.
const SETTLED = statement(
  'chat_log_clock.settled',
  `WITH clock AS MATERIALIZED (SELECT least(${NEWEST}, ${CLOCK} + ${MAX_LEAD_MS}) + 1 AS at)
   SELECT least(clock.at, writers.at) AS "until", writers.at IS NOT NULL AS "hasWriters"
   FROM clock CROSS JOIN LATERAL (
     SELECT min(split_part(application_name, ':', 2)::bigint) AS at FROM pg_stat_activity
     WHERE clock.at IS NOT NULL AND datname = current_database() AND application_name ~ '^${MARK}[0-9]+$') writers`,
);
const CATCH_UP = statement('chat_log_clock.catch_up', `SELECT ${advanceClock('$1::bigint')}`);

export interface SettledTime {
  /** Milliseconds. No log gets further entries with an earlier time. */
  readonly until: number;
  /** Open transactions may add entries with this time or a later one. */
  readonly hasWriters: boolean;
}

/**
 * The time of all logs. It follows the database clock; when that steps back, it continues from the newest entry. So no entry is
 * added before an entry that a viewer may have seen.
 *
 *   writer: lock the chats ─► mark the transaction with the time T ─► read the time again, at least T ─► entries ─► raise the clock ─► COMMIT
 *   reader: read the newest time ─► read the marks of all writers ─► before the earliest of these, logs are final
 *
 * A transaction that does not write to logs or still waits for a chat has no mark, so viewers do not wait for it.
 */
@Injectable()
export class ChatLogClock {
  constructor(private readonly database: Database) {}

  async readSettledTime(): Promise<SettledTime> {
    const [settled] = await this.database.query<SettledTime>(SETTLED);
    return settled;
  }

  /** Advances the clock to the time of an entry or a chat that was not recorded. */
  async advanceTo(at: number): Promise<void> {
    await this.database.query(CATCH_UP, [at]);
  }
}
