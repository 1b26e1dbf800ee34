import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { type DeletionStep, DeletionStepOf } from '../deletion-step.decorator.js';
import { type DeletionTask, DeletionTasks } from '../deletion-tasks.js';
import { Settings } from '../../config/settings.js';

/** Longer than any batch: a worker renews it before each. */
const LEASE_MS = 30_000;
/** Delay of a task after a failure. */
const RETRY_MS = 5_000;
/** Tasks of one kind that are processed together. */
const TASKS = 500;

/**
 * Removes the rows of deleted subjects:
 *
 *   claim due tasks of one kind ─► each step, batch by batch, until it finds no rows ─► remove the tasks ─► next tasks
 *
 * Each batch is its own transaction. If a worker crashes, the lease of its tasks expires, and another worker restarts them with the
 * remaining rows.
 */
@Injectable()
export class DeletionRunner implements OnModuleInit {
  private readonly logger = new Logger(DeletionRunner.name);
  private readonly steps = new Map<string, DeletionStep[]>();
  private stopping = false;

  constructor(
    private readonly tasks: DeletionTasks,
    private readonly settings: Settings,
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  onModuleInit(): void {
    for (const wrapper of this.discovery.getProviders()) {
      const instance = wrapper.instance as Record<string, unknown> | null;
      if (!instance || typeof instance !== 'object') continue;
      const prototype = Object.getPrototypeOf(instance) as object | null;
      for (const method of prototype ? this.scanner.getAllMethodNames(prototype) : []) {
        const kind = this.discovery.getMetadataByDecorator(DeletionStepOf, wrapper, method);
        if (kind === undefined) continue;
        const step = (instance[method] as DeletionStep).bind(instance);
        this.steps.set(kind, [...(this.steps.get(kind) ?? []), step]);
      }
    }
  }

  /** Stops after the current batch. */
  stop(): void {
    this.stopping = true;
  }

  /** Processes tasks until none is due. @returns the number of removed rows */
  async run(): Promise<number> {
    let total = 0;
    while (!this.stopping) {
      const claimed = await this.tasks.claim(LEASE_MS, TASKS);
      if (claimed.length === 0) break;
      total += await this.serve(claimed);
    }
    return total;
  }

  private async serve(claimed: readonly DeletionTask[]): Promise<number> {
    const [{ kind }] = claimed;
    let total = 0;
    try {
      const steps = this.steps.get(kind);
      if (!steps) throw new Error('No step is registered.');
      for (const step of steps) {
        for (let count = Infinity; count > 0; total += count) {
          if (this.stopping) {
            await this.tasks.postpone(claimed, 0);
            return total;
          }
          count = await step(claimed, this.settings.DELETION_BATCH);
          if (count > 0) await this.tasks.postpone(claimed, LEASE_MS);
        }
      }
      await this.tasks.remove(claimed);
    } catch (error) {
      this.logger.error(`A deletion task of kind ${kind} failed: ${(error as Error).message}`, (error as Error).stack);
      await this.tasks.postpone(claimed, RETRY_MS);
    }
    return total;
  }
}
