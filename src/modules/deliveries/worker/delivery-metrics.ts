import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram } from 'prom-client';
import { Metrics } from '../../../core/health/metrics.js';
import { LanesRepository } from '../lanes.repository.js';
import type { TransportResult } from '../transport.js';
import { CircuitBreaker } from './circuit-breaker.js';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** What operators watch to know that bots are being told. */
@Injectable()
export class DeliveryMetrics {
  private readonly outcomes: Counter<'outcome'>;
  private readonly attempts: Histogram<'status'>;
  private readonly firstTries: Histogram;

  constructor({ registry }: Metrics, lanes: LanesRepository, circuit: CircuitBreaker) {
    const registers = [registry];
    this.outcomes = new Counter({
      name: 'deliveries_total',
      help: 'Log entries that lanes are done with, or have tried, by outcome.',
      labelNames: ['outcome'] as const,
      registers,
    });
    this.attempts = new Histogram({
      name: 'delivery_attempt_seconds',
      help: 'Time of one try, by its HTTP status or error.',
      labelNames: ['status'] as const,
      buckets: SECONDS,
      registers,
    });
    this.firstTries = new Histogram({
      name: 'delivery_first_try_seconds',
      help: 'Time from the commit of a message to the end of the first try to deliver it.',
      buckets: SECONDS,
      registers,
    });
    // Asked once for both, when somebody collects them; unknown while the database is away.
    const oldest = new Gauge({
      name: 'delivery_oldest_ready_lane_seconds',
      help: 'For how long the oldest chat that could be served now has waited.',
      registers,
    });
    new Gauge({
      name: 'delivery_lanes_ready',
      help: 'Chats of bots that could be served now, and are not yet.',
      registers,
      async collect() {
        const backlog = await lanes.backlog().catch(() => ({ ready: NaN, oldestSeconds: NaN }));
        this.set(backlog.ready);
        oldest.set(backlog.oldestSeconds);
      },
    });
    new Gauge({
      name: 'delivery_circuits_open',
      help: 'Endpoints that fail as a whole, or are disabled.',
      registers,
      collect() {
        this.set(circuit.openCircuits);
      },
    });
  }

  count(outcome: 'delivered' | 'skipped' | 'failed' | 'dead'): void {
    this.outcomes.inc({ outcome });
  }

  /** @param sinceCommitMs only for a first try */
  observe({ delivered, httpStatus, errorCode, durationMs }: TransportResult, sinceCommitMs: number | undefined): void {
    this.count(delivered ? 'delivered' : 'failed');
    this.attempts.observe({ status: httpStatus === null ? errorCode : String(httpStatus) }, durationMs / 1000);
    if (sinceCommitMs !== undefined) this.firstTries.observe(sinceCommitMs / 1000);
  }
}
