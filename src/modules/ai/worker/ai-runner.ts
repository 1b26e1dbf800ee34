import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Settings } from '../../../core/config/settings.js';
import type { RunKey } from '../ai-runs.repository.js';
import { AiRunsService } from '../ai-runs.service.js';
import { AnswerDesk } from './answer-desk.js';
import { Answerer } from './answerer.js';
import { RunEnding } from './run-ending.js';
import { type RunLease, RunLeases } from './run-lease.js';

/** After a fault of ours. */
const FAULT_DELAY_MS = 1000;

/**
 * Serves the runs of a chat, one after the other.
 *
 *   bell ─► claim the oldest ──(none, or another one is under way, or too many of other chats)──► end
 *             │                                                        ▲
 *             ▼                                                        │
 *         answer it ──► one transaction: answer, state, tokens ────────┘ and look again
 *
 * The database lets no second run of the same bot and chat be under way. A crash leaves the lease to run out; then what was shown
 * already stands as an interrupted answer, and if nothing was, the run is done again (`LostRuns`).
 */
@Injectable()
export class AiRunner implements OnModuleDestroy {
  private readonly logger = new Logger(AiRunner.name);
  private readonly running = new Map<RunLease, Promise<void>>();
  private stopping = false;

  constructor(
    private readonly leases: RunLeases,
    private readonly service: AiRunsService,
    private readonly answerer: Answerer,
    private readonly ending: RunEnding,
    private readonly desk: AnswerDesk,
    private readonly settings: Settings,
  ) {}

  /** What has not begun to speak is left to another worker; the rest has some time to finish. */
  async onModuleDestroy(): Promise<void> {
    this.stopping = true;
    for (const lease of this.running.keys()) if (!lease.hasSpoken) lease.stop({ kind: 'shutdown' });
    const all = Promise.all(this.running.values());
    await Promise.race([all, sleep(this.settings.AI_DRAIN_MS, undefined, { ref: false })]);
    for (const lease of this.running.keys()) lease.stop({ kind: 'shutdown' });
    await all;
  }

  /** Serves what waits in a chat. */
  async run(key: RunKey): Promise<void> {
    while (!this.stopping) {
      const lease = await this.leases.claim(key);
      if (lease === 'crowded') return this.desk.type(key);
      if (!lease) return;
      // Where answers do not wait for each other, somebody may serve the next one meanwhile.
      if (lease.run.line) this.service.ring(key);
      const work = this.serve(lease).finally(() => {
        lease.end();
        this.running.delete(lease);
      });
      this.running.set(lease, work);
      await work;
      await this.callNext(lease);
    }
  }

  /** Whoever waits for the place that is free now. What fails here is found by the sweeper. */
  private async callNext({ run }: RunLease): Promise<void> {
    for (const key of await this.leases.next(run).catch(() => [])) this.service.ring(key);
  }

  private async serve(lease: RunLease): Promise<void> {
    const { run, token } = lease;
    try {
      const outcome = await this.answerer.answer(lease);
      if (outcome === 'again') {
        if (await this.ending.putBack(run, token, 0, false)) this.service.ring(run);
      } else if (outcome === 'lost' || !(await this.ending.write(run, token, outcome))) {
        await this.ending.abandon(run);
      } else if (outcome.isRemembered) this.service.remember(run);
    } catch (error) {
      this.logger.error(`Run ${run.id} failed: ${(error as Error).message}`, (error as Error).stack);
      await this.ending.putBack(run, token, FAULT_DELAY_MS, true).catch(() => undefined); // then the lease runs out
    }
  }
}
