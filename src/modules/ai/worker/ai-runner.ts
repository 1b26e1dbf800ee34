import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { AiModuleSettings } from '../ai.settings.js';
import type { BotChatKey } from '../ai.queues.js';
import { AiRunsService } from '../runs/ai-runs.service.js';
import { ReplyGenerator } from '../runs/reply-generator.js';
import { RunFinalizer } from '../runs/run-finalizer.js';
import { type RunLease, RunLeases } from '../runs/run-lease.js';
import { RunReporter } from '../runs/run-reporter.js';

/** Delay before a run that failed with an unexpected error is retried. */
const ERROR_DELAY_MS = 1000;

/**
 * Processes the runs of a chat, one after the other.
 *
 *   wake-up ─► claim the oldest ──(none queued, one is active, or no free slot)──► end
 *                │                                                          ▲
 *                ▼                                                          │
 *            generate ──► one transaction: reply, state, tokens ────────────┘ and claim again
 *
 * A unique index allows one active run per bot and chat. After a crash the lease expires; `OrphanedRuns` then keeps the text that
 * was already shown as an interrupted reply, or queues the run again if nothing was shown.
 */
@Injectable()
export class AiRunner implements OnModuleDestroy {
  private readonly logger = new Logger(AiRunner.name);
  private readonly running = new Map<RunLease, Promise<void>>();
  private stopping = false;

  constructor(
    private readonly leases: RunLeases,
    private readonly service: AiRunsService,
    private readonly generator: ReplyGenerator,
    private readonly finalizer: RunFinalizer,
    private readonly reporter: RunReporter,
    private readonly settings: AiModuleSettings,
  ) {}

  /** Requeues runs without visible output for other workers. The others have `AI_DRAIN_MS` to finish. */
  async onModuleDestroy(): Promise<void> {
    this.stopping = true;
    for (const lease of this.running.keys()) if (!lease.hasOutput) lease.stop({ kind: 'shutdown' });
    const all = Promise.all(this.running.values());
    await Promise.race([all, sleep(this.settings.AI_DRAIN_MS, undefined, { ref: false })]);
    for (const lease of this.running.keys()) lease.stop({ kind: 'shutdown' });
    await all;
  }

  /** Processes the queued runs of a chat. */
  async run(key: BotChatKey): Promise<void> {
    while (!this.stopping) {
      const lease = await this.leases.claim(key);
      if (lease === 'no_slot') return this.reporter.sendTyping(key);
      if (!lease) return;
      // Parallel runs: another worker may take the next one at the same time.
      if (lease.run.orderingKey) this.service.enqueue(key);
      const work = this.process(lease).finally(() => {
        lease.end();
        this.running.delete(lease);
      });
      this.running.set(lease, work);
      await work;
      await this.enqueueNext(lease);
    }
  }

  /** Wakes up the runs that wait for the slot that is now free. The sweeper finds those that fail here. */
  private async enqueueNext({ run }: RunLease): Promise<void> {
    for (const key of await this.leases.findNextWaiting(run).catch(() => [])) this.service.enqueue(key);
  }

  private async process(lease: RunLease): Promise<void> {
    const { run, token } = lease;
    try {
      const outcome = await this.generator.generate(lease);
      if (outcome === 'retry') {
        if (await this.finalizer.requeue(run, token, 0, false)) this.service.enqueue(run);
      } else if (outcome === 'lost' || !(await this.finalizer.finish(run, token, outcome))) {
        await this.finalizer.logLost(run);
      } else if (outcome.shouldSummarize) this.service.enqueueSummary(run);
    } catch (error) {
      this.logger.error(`Run ${run.id} failed: ${(error as Error).message}`, (error as Error).stack);
      await this.finalizer.requeue(run, token, ERROR_DELAY_MS, true).catch(() => undefined); // the lease expires
    }
  }
}
