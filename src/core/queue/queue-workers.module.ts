import { setTimeout as sleep } from 'node:timers/promises';
import { BullRegistrar, Processor, WorkerHost } from '@nestjs/bullmq';
import { type BeforeApplicationShutdown, Inject, Logger, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { DiscoveryModule, DiscoveryService, ModuleRef } from '@nestjs/core';
import type { Job } from 'bullmq';
import { QUEUE_DEFINITIONS, type QueueDefinition } from './queue-definition.js';

const QUEUE_NAME = Symbol('queue name');

/** A callback in progress may take 10 s. */
const CLOSE_TIMEOUT_MS = 12_000;

const LOG_AGAIN_MS = 10_000;

/**
 * Marks the processor of a queue. A job releases its deduplication key before it starts: later wake-ups become new jobs, and the work
 * of earlier ones is already in the database, where the job finds it. A key that is held until the end of the job would drop the
 * wake-ups that arrive after its last query, and those of a worker that has crashed.
 */
export const QueueProcessor =
  (queue: QueueDefinition): ClassDecorator =>
  (target) => {
    const prototype = target.prototype as WorkerHost;
    const { process } = prototype;
    prototype.process = async function (this: WorkerHost, job: Job, ...rest) {
      await job.removeDeduplicationKey();
      return process.call(this, job, ...rest) as unknown;
    };
    Reflect.defineMetadata(QUEUE_NAME, queue.name, target);
    Processor({ name: queue.name })(target);
  };

/**
 * Starts the workers once the whole process is up. It fails if a queue of the table has no processor or more than one, since a
 * missing processor would otherwise go unnoticed.
 */
@Module({ imports: [DiscoveryModule] })
export class QueueWorkersModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(QueueWorkersModule.name);
  private isAway = false;
  private loggedAt = -Infinity;

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly registrar: BullRegistrar,
    private readonly moduleRef: ModuleRef,
    @Inject(QUEUE_DEFINITIONS) private readonly table: readonly QueueDefinition[],
  ) {}

  onApplicationBootstrap(): void {
    const processors = this.findProcessors();
    checkProcessors(
      this.table.map(({ name }) => name),
      processors.map(({ queueName }) => queueName),
    );
    this.registrar.register();
    for (const { queueName, processor } of processors) this.watch(queueName, processor);
  }

  /** Finishes active jobs while the database is still connected. BullMQ itself waits without a limit. */
  async beforeApplicationShutdown(): Promise<void> {
    const closing = this.findProcessors().map(({ processor }) => processor.worker.close());
    await Promise.race([Promise.allSettled(closing), sleep(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
  }

  /** Logs one line per outage of all queues: BullMQ repeats the error in a hot loop for each of them. */
  private logOutage(queueName: string, error: Error): void {
    if (!this.isAway && performance.now() - this.loggedAt >= LOG_AGAIN_MS) {
      this.loggedAt = performance.now();
      this.logger.warn(`Queue ${queueName} is unavailable: ${error.message}`);
    }
    this.isAway = true;
  }

  private findProcessors(): { queueName: string; processor: WorkerHost }[] {
    return this.discovery.getProviders().flatMap(({ instance }) => {
      if (!(instance instanceof WorkerHost)) return [];
      return [{ queueName: Reflect.getMetadata(QUEUE_NAME, instance.constructor) as string, processor: instance }];
    });
  }

  private watch(queueName: string, processor: WorkerHost): void {
    const { worker } = processor;
    const definition = this.table.find(({ name }) => name === queueName);
    worker.concurrency = definition!.concurrency((part) => this.moduleRef.get(part, { strict: false }));
    worker.on('error', (error) => this.logOutage(queueName, error));
    worker.on('active', () => (this.isAway = false));
    worker.on('failed', (_job, error) =>
      this.logger.error(`Job of queue ${queueName} failed: ${error.message}`, error.stack),
    );
  }
}

/** @throws Error with each queue that has no processor or more than one, and each processor without a queue */
export function checkProcessors(queueNames: readonly string[], processorNames: readonly string[]): void {
  const faults = queueNames
    .map((name) => ({ name, count: processorNames.filter((other) => other === name).length }))
    .filter(({ count }) => count !== 1)
    .map(({ name, count }) => `queue ${name} has ${count} processors, expected 1`)
    .concat(
      processorNames
        .filter((name) => !queueNames.includes(name))
        .map((name) => `the queue ${name} of a processor is not in the queue table`),
    );
  if (faults.length > 0) throw new Error(`Invalid queue processors: ${faults.join('; ')}.`);
}
