import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../../../core/database/database.js';

// Compares columns of the locked row: of two concurrent requests for the last tokens, one succeeds.
const RESERVE = statement(
  'ai_budgets.reserve',
  `INSERT INTO ai_budgets AS budget (bot_id, day, reserved)
   SELECT $1::text, (now() AT TIME ZONE 'UTC')::date, $2::bigint WHERE $2::bigint <= $3::bigint
   ON CONFLICT (bot_id, day) DO UPDATE SET reserved = budget.reserved + excluded.reserved
     WHERE budget.used + budget.reserved + excluded.reserved <= $3::bigint
   RETURNING day::text, used + reserved AS total`,
);
const RECORD = statement(
  'ai_budgets.record',
  `UPDATE ai_runs SET reserved_tokens = $2, reserved_day = $3 WHERE id = $1`,
);
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
const DELETE_EXPIRED = statement(
  'ai_budgets.delete_expired',
  `DELETE FROM ai_budgets WHERE day < (now() AT TIME ZONE 'UTC')::date - 90`,
);

/** A token reservation. */
export interface Reservation {
  /** The budget day, in UTC. */
  day: string;
  /** Used and reserved tokens of that day. */
  total: number;
}

/** Daily token budgets of bots. Tokens are reserved before a request and settled after it. */
@Injectable()
export class AiBudgetsRepository {
  constructor(private readonly database: Database) {}

  /** @param limit of the day. @returns undefined if too few tokens are left */
  async reserve(botId: string, tokens: number, limit: number): Promise<Reservation | undefined> {
    const [row] = await this.database.query<Reservation>(RESERVE, [botId, tokens, limit]);
    return row;
  }

  /** Reserves tokens for a run. @returns undefined if too few are left */
  reserveForRun(runId: string, botId: string, tokens: number, limit: number): Promise<Reservation | undefined> {
    return this.database.transaction(async () => {
      const reservation = await this.reserve(botId, tokens, limit);
      if (reservation) await this.database.query(RECORD, [runId, tokens, reservation.day]);
      return reservation;
    });
  }

  /** Releases the reservation of a run and counts the used tokens. Idempotent. */
  async settle(runId: string, used: number): Promise<void> {
    await this.database.query(SETTLE, [runId, used]);
  }

  /** Settles a reservation without a run. */
  async spend(botId: string, day: string, reserved: number, used: number): Promise<void> {
    await this.database.query(SPEND, [botId, day, reserved, used]);
  }

  async deleteExpired(): Promise<void> {
    await this.database.query(DELETE_EXPIRED);
  }
}
