import { Injectable } from '@nestjs/common';
import type { Actor } from '../auth/index.js';
import type { AiRunEntity } from './ai-run.entity.js';
import type { RunFilter } from './ai-runs.repository.js';
import { AiRunsService } from './ai-runs.service.js';
import { type ShownToolCall, ToolCallsRepository } from './tools/tool-calls.repository.js';

/** An answer with all that is known of how it was made. */
export interface RunTrace {
  run: AiRunEntity;
  toolCalls: ShownToolCall[];
}

/** Lets operators see how answers were made. */
@Injectable()
export class RunTraces {
  constructor(
    private readonly runs: AiRunsService,
    private readonly toolCalls: ToolCallsRepository,
  ) {}

  /** @throws as `AiRunsService.get` */
  async get(actor: Actor, id: string): Promise<RunTrace> {
    const [trace] = await this.traced([await this.runs.get(actor, id)]);
    return trace;
  }

  /** Newest first. @throws as `AiRunsService.list` */
  async list(actor: Actor, filter: RunFilter): Promise<RunTrace[]> {
    return this.traced(await this.runs.list(actor, filter));
  }

  private async traced(runs: readonly AiRunEntity[]): Promise<RunTrace[]> {
    const calls = await this.toolCalls.show(runs.map(({ id }) => id));
    const traces = new Map(runs.map((run) => [run.id, { run, toolCalls: [] as ShownToolCall[] }]));
    for (const call of calls) traces.get(call.runId)?.toolCalls.push(call);
    return [...traces.values()];
  }
}
