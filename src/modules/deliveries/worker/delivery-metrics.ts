import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram } from 'prom-client';
import { Metrics } from '../../../core/health/metrics.js';
import { BacklogRepository } from '../backlog.repository.js';
import type { TransportResult } from '../transport.js';
import { CircuitBreaker } from './circuit-breaker.js';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
const UNKNOWN = { readyLanes: NaN, oldestReadySeconds: NaN, relayLagSeconds: NaN };

/** What operators watch to know that bots are being told. */
@Injectable()
export class DeliveryMetrics {
  private readonly outcomes: Counter<'outcome'>;
  private readonly dead: Counter;
  private readonly attempts: Histogram<'status'>;
  private readonly firstTries: Histogram;

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
    // Asked once for all three, when somebody collects them; unknown while the database is away.
    const oldest = new Gauge({
      name: 'oldest_ready_lane_seconds',
      help: 'For how long the oldest lane that could be served now has waited.',
      registers,
    });
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
        const { readyLanes, oldestReadySeconds, relayLagSeconds } = await backlog.measure().catch(() => UNKNOWN);
        this.set(readyLanes);
        oldest.set(oldestReadySeconds);
        lag.set(relayLagSeconds);
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
