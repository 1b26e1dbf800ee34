import { setTimeout as sleep } from 'node:timers/promises';
import { BullRegistrar, Processor, WorkerHost } from '@nestjs/bullmq';
import { type BeforeApplicationShutdown, Inject, Logger, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { DiscoveryModule, DiscoveryService } from '@nestjs/core';
import type { Job } from 'bullmq';
import { Settings } from '../config/settings.js';
import { QUEUE_TABLE, type QueueDefinition } from './queue-definition.js';

const QUEUE_NAME = Symbol('queue name');

/** A callback in hand may take its 10 s. */
const CLOSE_TIMEOUT_MS = 12_000;

const TELL_AGAIN_MS = 10_000;

/**
 * Marks the class that does the jobs of a queue. A job gives its deduplication key back before it begins: what comes from then on
 * is a job of its own, and what came before is in the database by now, where the job will find it. A key that was held until the job
 * ends would swallow the wake-ups that come after its last look, and those of a worker that has died.
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
 * The workers' half. Workers begin once the whole process stands, and not at all if a queue of the table has no processor, or
 * two: a bell that nobody hears would otherwise only be noticed by the people who wait.
 */
@Module({ imports: [DiscoveryModule] })
export class QueueWorkersModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(QueueWorkersModule.name);
  private isAway = false;
  private toldAt = -Infinity;

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly registrar: BullRegistrar,
    private readonly settings: Settings,
    @Inject(QUEUE_TABLE) private readonly table: readonly QueueDefinition[],
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

  /** Jobs in hand are finished while there still is a database. BullMQ's own waiting has no limit. */
  async beforeApplicationShutdown(): Promise<void> {
    const closing = this.findProcessors().map(({ processor }) => processor.worker.close());
    await Promise.race([Promise.allSettled(closing), sleep(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
  }

  /** One line for an outage, however many queues it takes away: BullMQ repeats its complaint in a hot loop, for each of them. */
  private tellOutage(queueName: string, error: Error): void {
    if (!this.isAway && performance.now() - this.toldAt >= TELL_AGAIN_MS) {
      this.toldAt = performance.now();
      this.logger.warn(`The queue ${queueName} cannot be reached: ${error.message}`);
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
    worker.concurrency = definition!.concurrency(this.settings);
    worker.on('error', (error) => this.tellOutage(queueName, error));
    worker.on('active', () => (this.isAway = false));
    worker.on('failed', (_job, error) =>
      this.logger.error(`A job of ${queueName} failed: ${error.message}`, error.stack),
    );
  }
}

/** @throws Error naming each queue that has no processor, or more than one, and each processor without a queue */
export function checkProcessors(queueNames: readonly string[], processorNames: readonly string[]): void {
  const faults = queueNames
    .map((name) => ({ name, count: processorNames.filter((other) => other === name).length }))
    .filter(({ count }) => count !== 1)
    .map(({ name, count }) => `queue ${name} has ${count} processors instead of one`)
    .concat(
      processorNames
        .filter((name) => !queueNames.includes(name))
        .map((name) => `a processor serves ${name}, which is not in the table of queues`),
    );
  if (faults.length > 0) throw new Error(`The queues are not wired: ${faults.join('; ')}.`);
}
