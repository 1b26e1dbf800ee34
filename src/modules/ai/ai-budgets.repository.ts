import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../core/database/database.js';

// The row's own columns are compared, under its lock: of two that want the last tokens one gets them.
const RESERVE = statement(
  'ai_budgets.reserve',
  `INSERT INTO ai_budgets AS budget (bot_id, day, reserved)
   SELECT $1::text, (now() AT TIME ZONE 'UTC')::date, $2::bigint WHERE $2::bigint <= $3::bigint
   ON CONFLICT (bot_id, day) DO UPDATE SET reserved = budget.reserved + excluded.reserved
     WHERE budget.used + budget.reserved + excluded.reserved <= $3::bigint
   RETURNING day::text, used + reserved AS total`,
);
const NOTE = statement('ai_budgets.note', `UPDATE ai_runs SET reserved_tokens = $2, reserved_day = $3 WHERE id = $1`);
const SETTLE = statement(
  'ai_budgets.settle',
  `WITH run AS (SELECT id, bot_id, reserved_tokens, reserved_day FROM ai_runs WHERE id = $1 AND reserved_day IS NOT NULL FOR UPDATE),
        cleared AS (UPDATE ai_runs SET reserved_tokens = 0, reserved_day = NULL FROM run WHERE ai_runs.id = run.id)
   UPDATE ai_budgets SET reserved = greatest(reserved - run.reserved_tokens, 0), used = used + $2
   FROM run WHERE ai_budgets.bot_id = run.bot_id AND ai_budgets.day = run.reserved_day`,
);
const SPEND = statement(
  'ai_budgets.spend',
  `UPDATE ai_budgets SET reserved = greatest(reserved - $3, 0), used = used + $4 WHERE bot_id = $1 AND day = $2::date`,
);
const FORGET = statement(
  'ai_budgets.forget',
  `DELETE FROM ai_budgets WHERE day < (now() AT TIME ZONE 'UTC')::date - 90`,
);

/** Tokens that were set aside. */
export interface Reservation {
  /** Whose tokens they are, in UTC. */
  day: string;
  /** All that is used of that day, or set aside. */
  total: number;
}

/** The tokens that bots may use in a day: set aside before a request, settled after it. */
@Injectable()
export class AiBudgetsRepository {
  constructor(private readonly database: Database) {}

  /** @param limit of the day. @returns undefined when there are not so many left */
  async reserve(botId: string, tokens: number, limit: number): Promise<Reservation | undefined> {
    const [row] = await this.database.query<Reservation>(RESERVE, [botId, tokens, limit]);
    return row;
  }

  /** Sets tokens aside for a run. @returns undefined when there are not so many left */
  reserveFor(runId: string, botId: string, tokens: number, limit: number): Promise<Reservation | undefined> {
    return this.database.transaction(async () => {
      const reservation = await this.reserve(botId, tokens, limit);
      if (reservation) await this.database.query(NOTE, [runId, tokens, reservation.day]);
      return reservation;
    });
  }

  /** Gives back what was set aside for a run, and counts what it has used. Once: a second time does nothing. */
  async settle(runId: string, used: number): Promise<void> {
    await this.database.query(SETTLE, [runId, used]);
  }

  /** The same for what no run stands for. */
  async spend(botId: string, day: string, reserved: number, used: number): Promise<void> {
    await this.database.query(SPEND, [botId, day, reserved, used]);
  }

  async forget(): Promise<void> {
    await this.database.query(FORGET);
  }
}
