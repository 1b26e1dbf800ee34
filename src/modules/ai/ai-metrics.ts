import { Injectable } from '@nestjs/common';
import { Counter, Histogram } from 'prom-client';
import { Metrics } from '../../core/health/metrics.js';

/** The result of a run, as far as it is measured. */
export interface MeasuredRun {
  state: string;
  /** Empty for a success. */
  reason: string;
  promptTokens?: number;
  completionTokens?: number;
  /** Milliseconds until the first visible output. */
  firstDeltaMs?: number | null;
}

/** Metrics of runs, tokens, alerts and tool calls. */
@Injectable()
export class AiMetrics {
  private readonly runs: Counter<'state' | 'reason'>;
  private readonly tokens: Counter<'kind'>;
  private readonly timeToFirstToken: Histogram;
  private readonly alerts: Counter<'kind'>;
  private readonly toolCalls: Counter<'outcome'>;

  constructor({ registry }: Metrics) {
    const registers = [registry];
    this.runs = new Counter({
      name: 'parley_ai_runs_total',
      help: 'Runs by final state and reason.',
      labelNames: ['state', 'reason'],
      registers,
    });
    this.tokens = new Counter({
      name: 'parley_ai_tokens_total',
      help: 'Tokens used, by kind.',
      labelNames: ['kind'],
      registers,
    });
    this.timeToFirstToken = new Histogram({
      name: 'parley_ai_time_to_first_token_seconds',
      help: 'Time from the start of a run to the first visible output.',
      buckets: [0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32],
      registers,
    });
    this.alerts = new Counter({
      name: 'parley_ai_alerts_total',
      help: 'Model failures that an operator has to resolve: keys, quota, settings.',
      labelNames: ['kind'],
      registers,
    });
    this.toolCalls = new Counter({
      name: 'parley_ai_tool_calls_total',
      help: 'Tool calls by outcome.',
      labelNames: ['outcome'],
      registers,
    });
  }

  observeToolCall(outcome: string): void {
    this.toolCalls.inc({ outcome });
  }

  observeRun(run: MeasuredRun): void {
    this.runs.inc({ state: run.state, reason: run.reason });
    this.tokens.inc({ kind: 'prompt' }, run.promptTokens ?? 0);
    this.tokens.inc({ kind: 'completion' }, run.completionTokens ?? 0);
    if (run.firstDeltaMs) this.timeToFirstToken.observe(run.firstDeltaMs / 1000);
  }

  countSummaryTokens(tokens: number): void {
    this.tokens.inc({ kind: 'summary' }, tokens);
  }

  countAlert(kind: string): void {
    this.alerts.inc({ kind });
  }
}
