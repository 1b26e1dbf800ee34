import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Counter } from 'prom-client';
import { Database } from '../../../core/database/database.js';
import { Metrics } from '../../../core/health/metrics.js';
import { runPeriodically } from '../../../core/timing/run-periodically.js';
import { ChatLog } from '../../chats/index.js';
import { RemovedEndpointsRepository } from '../housekeeping/housekeeping.repository.js';
import {
  type Invariant,
  InvariantsRepository,
  type Violation,
  type Walk,
} from '../housekeeping/invariants.repository.js';

const EVERY_MS = 5000;
/** Rows of a table per check: 200,000 in a quarter of an hour. */
const PAGE = 1000;
const WALKS: readonly Walk[] = ['subscriptions', 'chats', 'redeliveries'];

/** @returns the keys of the repaired rows; chats without an endpoint id */
type Repair = (violations: readonly Violation[]) => Promise<readonly { chatId?: string; endpointId?: string }[]>;

/**
 * Finds rows that violate an invariant and repairs them, so that a program error delays a message but does not lose it. Each repair is
 * counted, logged and reported to operators. None is expected.
 *
 * The processes share the walks over the tables: each takes the next page of a walk that no other process holds.
 */
@Injectable()
export class InvariantChecker implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(InvariantChecker.name);
  private readonly repaired: Counter<'invariant'>;
  private readonly repairs: Record<Invariant, Repair>;
  private stop = async (): Promise<void> => undefined;

  constructor(
    private readonly invariants: InvariantsRepository,
    private readonly database: Database,
    log: ChatLog,
    removed: RemovedEndpointsRepository,
    { registry }: Metrics,
  ) {
    this.repaired = new Counter({
      name: 'parley_invariant_repairs_total',
      help: 'Repaired rows that violated an invariant of deliveries. Any is a program error.',
      labelNames: ['invariant'] as const,
      registers: [registry],
    });
    const makePending: Repair = (violations) => log.markPending(violations.map(({ chatId }) => chatId));
    this.repairs = {
      cursor_behind: (violations) => invariants.makeDue(violations),
      lease_without_due: (violations) => invariants.makeDue(violations),
      redelivery_without_due: (violations) => invariants.makeDue(violations),
      redelivery_unflagged: (violations) => invariants.flagRedeliveries(violations),
      closed_for_member: (violations) => invariants.reopen(violations),
      open_without_member: (violations) => invariants.close(violations),
      endpoint_gone: (violations) => removed.addAll(violations),
      bot_unmarked: (violations) => log.markBots(violations.map(({ chatId, botId }) => ({ chatId, userId: botId }))),
      chat_not_pending: makePending,
      cursor_missing: makePending,
    };
  }

  onApplicationBootstrap(): void {
    const work = () => this.database.inBackground(() => this.check());
    this.stop = runPeriodically({ what: 'Checking the invariants', everyMs: EVERY_MS, logger: this.logger, work });
  }

  onModuleDestroy(): Promise<void> {
    return this.stop();
  }

  /** Checks a page of each table. @returns the number of repaired rows */
  async check(): Promise<number> {
    let total = 0;
    for (const walk of WALKS) total += await this.checkPage(walk);
    return total;
  }

  private async checkPage(walk: Walk): Promise<number> {
    const counts = await this.database.transaction(async () => {
      const violations = await this.invariants.nextPage(walk, PAGE);
      const byInvariant = groupBy(violations, ({ invariant }) => invariant);
      const found: [Invariant, number][] = [];
      for (const [invariant, broken] of byInvariant) found.push([invariant, await this.repair(invariant, broken)]);
      return found;
    });
    for (const [invariant, count] of counts) {
      if (count === 0) continue;
      this.repaired.inc({ invariant }, count);
      this.logger.error(`Repaired ${count} rows of ${walk} that violated invariant ${invariant}`);
    }
    return counts.reduce((sum, [, count]) => sum + count, 0);
  }

  private async repair(invariant: Invariant, violations: readonly Violation[]): Promise<number> {
    const repaired = await this.repairs[invariant](violations);
    const isRepaired = (violation: Violation) =>
      repaired.some(
        ({ chatId = violation.chatId, endpointId = violation.endpointId }) =>
          chatId === violation.chatId && endpointId === violation.endpointId,
      );
    const byEndpoint = groupBy(violations.filter(isRepaired), ({ endpointId }) => endpointId);
    const events = [...byEndpoint.values()].map((rows) => ({ ...rows[0], count: rows.length }));
    if (events.length > 0) await this.invariants.addEvents(events);
    return repaired.length;
  }
}

function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}
