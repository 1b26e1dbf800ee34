import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { Metrics } from '../../../core/health/metrics.js';
import { type Backlog, BacklogRepository } from '../backlog.repository.js';
import type { DueEndpoint } from '../due-endpoints.repository.js';
import type { TransportResult } from '../transport.js';
import { CircuitBreaker } from './circuit-breaker.js';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
const UNKNOWN: Backlog = {
  readySubscriptions: NaN,
  oldestReadySeconds: NaN,
  dispatchLagSeconds: NaN,
  pendingChats: NaN,
  endpoints: [],
};

/** Maximum endpoints with own metrics: those with the most due work, so that a scrape does not grow with the bots. */
const MAX_ENDPOINTS = 20;

/** Metrics of deliveries. */
@Injectable()
export class DeliveryMetrics {
  private readonly outcomes: Counter<'outcome'>;
  private readonly dead: Counter;
  private readonly attempts: Histogram<'status'>;
  private readonly firstAttempts: Histogram;
  private readonly sweeps: Histogram<'part'>;
  private readonly sweptRows: Counter<'part'>;
  readonly leasesLost: Counter;
  readonly recordsFailed: Counter;

  constructor({ registry }: Metrics, backlog: BacklogRepository, circuit: CircuitBreaker) {
    const registers = [registry];
    this.outcomes = new Counter({
      name: 'parley_deliveries_total',
      help: 'Attempts and skipped or dead log entries, by outcome.',
      labelNames: ['outcome'] as const,
      registers,
    });
    this.dead = new Counter({
      name: 'parley_deliveries_dead_total',
      help: 'Log entries that were given up.',
      registers,
    });
    this.attempts = new Histogram({
      name: 'parley_delivery_attempt_duration_seconds',
      help: 'Duration of one attempt, by its HTTP status or error.',
      labelNames: ['status'] as const,
      buckets: SECONDS,
      registers,
    });
    this.firstAttempts = new Histogram({
      name: 'parley_delivery_first_attempt_latency_seconds',
      help: 'Time from the commit of a message to the end of its first attempt.',
      buckets: SECONDS,
      registers,
    });
    // One query for all of these gauges at collection; NaN while the database is unavailable.
    const oldest = new Gauge({
      name: 'parley_oldest_ready_subscription_seconds',
      help: 'Age of the oldest due subscription without a worker.',
      registers,
    });
    const pending = new Gauge({
      name: 'parley_pending_chats',
      help: 'Chats with entries that are not yet dispatched, up to 1000.',
      registers,
    });
    const setEndpoints = endpointGauges(registry);
    const lag = new Gauge({
      name: 'parley_chat_dispatch_lag_seconds',
      help: 'Age of the oldest pending chat.',
      registers,
    });
    new Gauge({
      name: 'parley_subscriptions_ready',
      help: 'Due subscriptions without a worker.',
      registers,
      async collect() {
        const found = await backlog.measure().catch(() => UNKNOWN);
        this.set(found.readySubscriptions);
        oldest.set(found.oldestReadySeconds);
        lag.set(found.dispatchLagSeconds);
        pending.set(found.pendingChats);
        setEndpoints(found.endpoints);
      },
    });
    new Gauge({
      name: 'parley_endpoint_circuits_open',
      help: 'Endpoints with an open circuit, or disabled.',
      registers,
      collect() {
        this.set(circuit.openCircuits);
      },
    });
    this.leasesLost = new Counter({
      name: 'parley_leases_lost_total',
      help: 'Results that were not recorded because another worker had taken over the subscription.',
      registers,
    });
    this.recordsFailed = new Counter({
      name: 'parley_records_failed_total',
      help: 'Results that could not be recorded; their entries are delivered again.',
      registers,
    });
    this.sweeps = new Histogram({
      name: 'parley_sweep_duration_seconds',
      help: 'Duration of one sweep for missed work, by part.',
      labelNames: ['part'] as const,
      buckets: SECONDS,
      registers,
    });
    this.sweptRows = new Counter({
      name: 'parley_sweep_rows_total',
      help: 'Chats, endpoints and retries found by sweeps, by part.',
      labelNames: ['part'] as const,
      registers,
    });
  }

  /** @param sweep returns the number of found rows */
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

  /** @param sinceCommitMs for a first attempt only */
  observe({ delivered, httpStatus, errorCode, durationMs }: TransportResult, sinceCommitMs: number | undefined): void {
    this.count(delivered ? 'delivered' : 'failed');
    this.attempts.observe({ status: httpStatus === null ? errorCode : String(httpStatus) }, durationMs / 1000);
    if (sinceCommitMs !== undefined) this.firstAttempts.observe(sinceCommitMs / 1000);
  }
}

/** @returns a function that sets the gauges of the endpoints with the most due work */
function endpointGauges(registry: Registry): (endpoints: readonly DueEndpoint[]) => void {
  const labelNames = ['transport', 'endpoint'] as const;
  const registers = [registry];
  const due = new Gauge({
    name: 'parley_due_subscriptions',
    help: 'Due subscriptions without a worker, up to 1000, of the 20 endpoints with most of them.',
    labelNames,
    registers,
  });
  const oldest = new Gauge({
    name: 'parley_oldest_due_subscription_seconds',
    help: 'Age of the oldest due subscription, of the 20 endpoints with most of them.',
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
