import { Injectable } from '@nestjs/common';
import { Database, statement, settleAll } from '../../core/database/database.js';
import { columnList } from '../../core/database/entity-columns.js';
import { GroupCommit, type Outcome } from '../../core/database/group-commit.js';
import type { CircuitStep, Health } from './circuit.js';
import { DeliveryEventEntity, EndpointHealthEntity } from './endpoint-health.entity.js';

/** The health of an endpoint with failures, as the scheduler and the runner need it. */
export type UnhealthyEndpoint = Pick<
  EndpointHealthEntity,
  'endpointId' | 'state' | 'isPaused' | 'ramp' | 'failingSince'
> & {
  /** Milliseconds without calls from now on. */
  blockedMs: number;
  /** Milliseconds since deliveries began to fail. */
  failingMs: number;
};

const COLUMNS = columnList(EndpointHealthEntity);

const UNHEALTHY = statement(
  'endpoint_health.unhealthy',
  `SELECT endpoint_id AS "endpointId", state, is_paused AS "isPaused", ramp,
          failing_since AS "failingSince",
          coalesce(greatest(extract(epoch FROM blocked_until - clock_timestamp()) * 1000, 0), 0)::float8 AS "blockedMs",
          coalesce(extract(epoch FROM clock_timestamp() - failing_since) * 1000, 0)::float8 AS "failingMs"
   FROM endpoint_health
   WHERE state <> 'closed' OR is_paused OR failing_since IS NOT NULL OR blocked_until > statement_timestamp()`,
);
// All transactions create and lock rows in one order.
const ENSURE = statement(
  'endpoint_health.ensure',
  `INSERT INTO endpoint_health (endpoint_id) SELECT id FROM bot_endpoints WHERE id = ANY($1) ORDER BY id ON CONFLICT DO NOTHING`,
);
const LOCK = statement(
  'endpoint_health.lock',
  `SELECT ${COLUMNS}, clock_timestamp() AS now FROM endpoint_health WHERE endpoint_id = ANY($1)
   ORDER BY endpoint_id FOR NO KEY UPDATE`,
);
const FIND = statement('endpoint_health.find', `SELECT ${COLUMNS} FROM endpoint_health WHERE endpoint_id = $1`);
// The claim of a probe moves the time of the next probe after the end of this one.
const CLAIM_PROBE = statement(
  'endpoint_health.claim_probe',
  `UPDATE endpoint_health SET blocked_until = clock_timestamp() + $2 * interval '1 millisecond'
   WHERE endpoint_id = $1 AND state = 'open' AND NOT is_paused
     AND (blocked_until IS NULL OR blocked_until <= clock_timestamp()) RETURNING 1`,
);
const TOUCH = statement(
  'endpoint_health.touch',
  `INSERT INTO endpoint_health (endpoint_id, last_success_at) SELECT id, clock_timestamp() FROM bot_endpoints WHERE id = $1
   ON CONFLICT (endpoint_id) DO UPDATE SET last_success_at = excluded.last_success_at
   RETURNING state <> 'closed' OR failing_since IS NOT NULL AS "isUnhealthy"`,
);
const FORGET = statement('endpoint_health.forget', 'DELETE FROM endpoint_health WHERE endpoint_id = $1');

interface Change {
  endpointId: string;
  botId: string;
  /** Receives the database's time in milliseconds. */
  decide: (health: Health, now: number) => CircuitStep;
}

/** Stores the health of endpoints and notifications for operators. */
@Injectable()
export class EndpointHealthRepository {
  // The calls of an endpoint that hangs fail at the same moment. In separate transactions they would wait for the same lock and use
  // up all connections.
  private readonly changes = new GroupCommit<Change, CircuitStep | undefined>((changes) => this.changeAll(changes), {
    maxItems: 64,
    maxInFlight: 1,
  });

  constructor(private readonly database: Database) {}

  /** All endpoints that are blocked or failing. */
  findUnhealthy(): Promise<UnhealthyEndpoint[]> {
    return this.database.query<UnhealthyEndpoint>(UNHEALTHY);
  }

  /**
   * Changes the health of an endpoint under its row lock, and stores the notifications in the same transaction.
   *
   * @param decide receives the database's time in milliseconds; may be called more than once
   * @returns the new health; undefined if the endpoint does not exist
   */
  async change(endpointId: string, botId: string, decide: Change['decide']): Promise<CircuitStep | undefined> {
    const change = { endpointId, botId, decide };
    if (!this.database.inTransaction) return this.changes.write(change);
    return (await this.apply([change]))[0];
  }

  async find(endpointId: string): Promise<Health | undefined> {
    const [row] = await this.database.query<Health>(FIND, [endpointId]);
    return row;
  }

  /** @returns whether the caller may probe the endpoint */
  async claimProbe(endpointId: string, forMs: number): Promise<boolean> {
    return (await this.database.query(CLAIM_PROBE, [endpointId, forMs])).length > 0;
  }

  /** Records a success. @returns whether the endpoint was failing before */
  async touch(endpointId: string): Promise<boolean> {
    const [row] = await this.database.query<{ isUnhealthy: boolean }>(TOUCH, [endpointId]);
    return row?.isUnhealthy ?? false;
  }

  async delete(endpointId: string): Promise<void> {
    await this.database.query(FORGET, [endpointId]);
  }

  private changeAll(changes: Change[]): Promise<Outcome<CircuitStep | undefined>[]> {
    return this.database.transaction(async () => (await this.apply(changes)).map((value) => ({ value })));
  }

  /** Applies the changes in order, and writes each endpoint once. */
  private async apply(changes: readonly Change[]): Promise<(CircuitStep | undefined)[]> {
    const ids = [...new Set(changes.map(({ endpointId }) => endpointId))];
    const [, rows] = await settleAll([
      this.database.query(ENSURE, [ids]),
      this.database.query<Health & { endpointId: string; now: Date }>(LOCK, [ids]),
    ]);
    const current = new Map<string, { before: Health; health: Health; now: number }>();
    for (const { endpointId, now, ...health } of rows)
      current.set(endpointId, { before: health, health, now: now.getTime() });
    const events: Partial<DeliveryEventEntity>[] = [];
    const steps = changes.map(({ endpointId, botId, decide }) => {
      const state = current.get(endpointId);
      if (!state) return undefined;
      const step = decide(state.health, state.now);
      state.health = step.health;
      events.push(...step.events.map(({ type, details }) => ({ type, details, endpointId, botId })));
      return step;
    });
    for (const [endpointId, { before, health }] of current) {
      // The sweeper makes waiting retries due.
      const retries = isBack(before, health) ? { retriesDueAfter: '' } : {};
      await this.database.manager.update(EndpointHealthEntity, { endpointId }, { ...health, ...retries });
    }
    if (events.length > 0) await this.database.manager.insert(DeliveryEventEntity, events);
    return steps;
  }
}

const isBack = (before: Health, health: Health): boolean =>
  (before.state === 'open' || before.state === 'disabled') && (health.state === 'ramping' || health.state === 'closed');
