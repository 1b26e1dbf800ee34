import { WorkerHost } from '@nestjs/bullmq';
import { Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { Job } from 'bullmq';
import { runInContext } from '../../context/request-context.js';
import { QueueProcessor } from '../../queue/queue-workers.module.js';
import { runPeriodically } from '../../timing/run-periodically.js';
import { DELETION_WAKEUP } from '../deletion.queues.js';
import { DeletionTasks } from '../deletion-tasks.js';
import { DeletionRunner } from './deletion-runner.js';

const SWEEP_MS = 5_000;

/** Processes deletion tasks on wake-ups, and checks every few seconds for tasks with a lost wake-up or a crashed worker. */
@QueueProcessor(DELETION_WAKEUP)
export class DeletionProcessor extends WorkerHost implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(DeletionProcessor.name);
  private stopSweeping = async (): Promise<void> => undefined;

  constructor(
    private readonly runner: DeletionRunner,
    private readonly tasks: DeletionTasks,
  ) {
    super();
  }

  onApplicationBootstrap(): void {
    const work = async () => {
      if (await this.tasks.hasDue()) this.tasks.enqueue();
    };
    this.stopSweeping = runPeriodically({
      what: 'Sweeping deletion tasks',
      everyMs: SWEEP_MS,
      logger: this.logger,
      work,
    });
  }

  async onModuleDestroy(): Promise<void> {
    this.runner.stop();
    await this.stopSweeping();
  }

  async process({ id }: Job): Promise<void> {
    await runInContext({ requestId: `job-${id}` }, async () => {
      const count = await this.runner.run();
      if (count > 0) this.logger.log(`Removed ${count} rows of deleted objects`);
    });
  }
}
