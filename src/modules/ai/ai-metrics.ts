import { Injectable } from '@nestjs/common';
import { Counter, Histogram } from 'prom-client';
import { Metrics } from '../../core/health/metrics.js';
import type { AiRunEntity } from './ai-run.entity.js';
import type { ToolOutcome } from './tools/tool-call.entity.js';

/** How the answers of models do. */
@Injectable()
export class AiMetrics {
  private readonly runs: Counter<'state' | 'reason'>;
  private readonly tokens: Counter<'kind'>;
  private readonly firstWord: Histogram;
  private readonly alarms: Counter<'kind'>;
  private readonly toolCalls: Counter<'outcome'>;

  constructor({ registry }: Metrics) {
    const registers = [registry];
    this.runs = new Counter({
      name: 'ai_runs_total',
      help: 'Answers of models, by how they ended and why.',
      labelNames: ['state', 'reason'],
      registers,
    });
    this.tokens = new Counter({
      name: 'ai_tokens_total',
      help: 'Tokens of models.',
      labelNames: ['kind'],
      registers,
    });
    this.firstWord = new Histogram({
      name: 'ai_first_word_seconds',
      help: 'From the beginning of a run to the first word of its answer.',
      buckets: [0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32],
      registers,
    });
    this.alarms = new Counter({
      name: 'ai_alarms_total',
      help: 'Failures that the operator has to mend: keys, money, settings.',
      labelNames: ['kind'],
      registers,
    });
    this.toolCalls = new Counter({
      name: 'ai_tool_calls_total',
      help: 'What models have asked of tools, by what came of it.',
      labelNames: ['outcome'],
      registers,
    });
  }

  observeToolCall(outcome: ToolOutcome): void {
    this.toolCalls.inc({ outcome });
  }

  observe(run: Partial<AiRunEntity>): void {
    this.runs.inc({ state: run.state, reason: run.reason ?? '' });
    this.tokens.inc({ kind: 'prompt' }, run.promptTokens ?? 0);
    this.tokens.inc({ kind: 'completion' }, run.completionTokens ?? 0);
    if (run.firstDeltaMs) this.firstWord.observe(run.firstDeltaMs / 1000);
  }

  countSummary(tokens: number): void {
    this.tokens.inc({ kind: 'summary' }, tokens);
  }

  alarm(kind: string): void {
    this.alarms.inc({ kind });
  }
}
