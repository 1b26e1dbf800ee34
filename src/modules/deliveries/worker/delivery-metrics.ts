import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { Metrics } from '../../../core/health/metrics.js';
import { type Backlog, BacklogRepository } from '../backlog.repository.js';
import type { DueEndpoint } from '../due-endpoints.repository.js';
import type { TransportResult } from '../transport.js';
import { CircuitBreaker } from './circuit-breaker.js';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
const UNKNOWN: Backlog = {
  readyLanes: NaN,
  oldestReadySeconds: NaN,
  relayLagSeconds: NaN,
  pendingChats: NaN,
  endpoints: [],
};

/** Endpoints that have numbers of their own: those for which most waits, so that a scrape does not grow with the bots. */
const MAX_ENDPOINTS = 20;

/** What operators watch to know that bots are being told. */
@Injectable()
export class DeliveryMetrics {
  private readonly outcomes: Counter<'outcome'>;
  private readonly dead: Counter;
  private readonly attempts: Histogram<'status'>;
  private readonly firstTries: Histogram;
  private readonly sweeps: Histogram<'part'>;
  private readonly sweptRows: Counter<'part'>;
  readonly leasesLost: Counter;
  readonly recordsFailed: Counter;

  constructor({ registry }: Metrics, backlog: BacklogRepository, circuit: CircuitBreaker) {
    const registers = [registry];
    this.outcomes = new Counter({
      name: 'deliveries_total',
      help: 'Log entries that lanes are done with, or have tried, by outcome.',
      labelNames: ['outcome'] as const,
      registers,
    });
    this.dead = new Counter({
      name: 'deliveries_dead_total',
      help: 'Log entries that were given up.',
      registers,
    });
    this.attempts = new Histogram({
      name: 'attempt_seconds',
      help: 'Time of one try, by its HTTP status or error.',
      labelNames: ['status'] as const,
      buckets: SECONDS,
      registers,
    });
    this.firstTries = new Histogram({
      name: 'first_try_seconds',
      help: 'Time from the commit of a message to the end of the first try to deliver it.',
      buckets: SECONDS,
      registers,
    });
    // Asked once for all of these, when somebody collects them; unknown while the database is away.
    const oldest = new Gauge({
      name: 'oldest_ready_lane_seconds',
      help: 'For how long the oldest lane that could be served now has waited.',
      registers,
    });
    const pending = new Gauge({
      name: 'parley_pending_chats',
      help: 'Chats whose log has grown and that are not dispatched yet, up to 1000.',
      registers,
    });
    const showEndpoints = endpointGauges(registry);
    const lag = new Gauge({
      name: 'relay_lag_seconds',
      help: 'For how long the oldest chat has waited whose log has grown, and whose lanes were not told.',
      registers,
    });
    new Gauge({
      name: 'lanes_ready',
      help: 'Lanes that could be served now, and are not yet.',
      registers,
      async collect() {
        const found = await backlog.measure().catch(() => UNKNOWN);
        this.set(found.readyLanes);
        oldest.set(found.oldestReadySeconds);
        lag.set(found.relayLagSeconds);
        pending.set(found.pendingChats);
        showEndpoints(found.endpoints);
      },
    });
    new Gauge({
      name: 'circuit_open',
      help: 'Endpoints that fail as a whole, or are disabled.',
      registers,
      collect() {
        this.set(circuit.openCircuits);
      },
    });
    this.leasesLost = new Counter({
      name: 'parley_leases_lost_total',
      help: 'Results that were not recorded, since another worker had taken the subscription over.',
      registers,
    });
    this.recordsFailed = new Counter({
      name: 'parley_records_failed_total',
      help: 'Results that could not be recorded, so that their entries are delivered again.',
      registers,
    });
    this.sweeps = new Histogram({
      name: 'parley_sweep_duration_seconds',
      help: 'Time of one sweep for work that was left undone, by part.',
      labelNames: ['part'] as const,
      buckets: SECONDS,
      registers,
    });
    this.sweptRows = new Counter({
      name: 'parley_sweep_rows_total',
      help: 'Chats, endpoints and retries that sweeps have found, by part.',
      labelNames: ['part'] as const,
      registers,
    });
  }

  /** @param sweep returns how many rows it has found */
  async observeSweep(part: string, sweep: () => Promise<number>): Promise<void> {
    const end = this.sweeps.startTimer({ part });
    try {
      this.sweptRows.inc({ part }, await sweep());
    } finally {
      end();
    }
  }

  count(outcome: 'delivered' | 'skipped' | 'failed' | 'dead'): void {
    this.outcomes.inc({ outcome });
    if (outcome === 'dead') this.dead.inc();
  }

  /** @param sinceCommitMs only for a first try */
  observe({ delivered, httpStatus, errorCode, durationMs }: TransportResult, sinceCommitMs: number | undefined): void {
    this.count(delivered ? 'delivered' : 'failed');
    this.attempts.observe({ status: httpStatus === null ? errorCode : String(httpStatus) }, durationMs / 1000);
    if (sinceCommitMs !== undefined) this.firstTries.observe(sinceCommitMs / 1000);
  }
}

/** @returns what sets the numbers of the endpoints for which most waits */
function endpointGauges(registry: Registry): (endpoints: readonly DueEndpoint[]) => void {
  const labelNames = ['transport', 'endpoint'] as const;
  const registers = [registry];
  const due = new Gauge({
    name: 'parley_due_subscriptions',
    help: 'Subscriptions that could be served now and are not yet, up to 1000, of the 20 endpoints with most of them.',
    labelNames,
    registers,
  });
  const oldest = new Gauge({
    name: 'parley_oldest_due_subscription_seconds',
    help: 'For how long the oldest due subscription has waited, of the 20 endpoints with most of them.',
    labelNames,
    registers,
  });
  return (endpoints) => {
    due.reset();
    oldest.reset();
    const most = [...endpoints].sort((a, b) => b.count - a.count || b.oldestSeconds - a.oldestSeconds);
    for (const { endpointId: endpoint, transport, count, oldestSeconds } of most.slice(0, MAX_ENDPOINTS)) {
      due.set({ transport, endpoint }, count);
      oldest.set({ transport, endpoint }, oldestSeconds);
    }
  };
}
