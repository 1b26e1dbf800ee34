import { Injectable } from '@nestjs/common';
import type { Actor } from '../../auth/index.js';
import type { AiRunEntity } from './ai-run.entity.js';
import type { RunFilter } from './ai-runs.repository.js';
import { AiRunsService } from './ai-runs.service.js';
import { type ToolCallView, ToolCallsRepository } from '../generation/tools/tool-calls.repository.js';

/** A run with its tool calls. */
export interface RunTrace {
  run: AiRunEntity;
  toolCalls: ToolCallView[];
}

/** Shows runs with their tool calls to operators. */
@Injectable()
export class RunTracesService {
  constructor(
    private readonly runs: AiRunsService,
    private readonly toolCalls: ToolCallsRepository,
  ) {}

  /** @throws as `AiRunsService.get` */
  async get(actor: Actor, id: string): Promise<RunTrace> {
    const [trace] = await this.withToolCalls([await this.runs.get(actor, id)]);
    return trace;
  }

  /** Newest first. @throws as `AiRunsService.list` */
  async list(actor: Actor, filter: RunFilter): Promise<RunTrace[]> {
    return this.withToolCalls(await this.runs.list(actor, filter));
  }

  private async withToolCalls(runs: readonly AiRunEntity[]): Promise<RunTrace[]> {
    const calls = await this.toolCalls.listViews(runs.map(({ id }) => id));
    const traces = new Map(runs.map((run) => [run.id, { run, toolCalls: [] as ToolCallView[] }]));
    for (const call of calls) traces.get(call.runId)?.toolCalls.push(call);
    return [...traces.values()];
  }
}
