import { DiscoveryService } from '@nestjs/core';
import type { DeletionTask } from './deletion-tasks.js';

export const DeletionStepOf = DiscoveryService.createDecorator<string>();

/** Removes up to `limit` rows of these tasks in a short transaction. @returns their number; 0 if none is left */
export type DeletionStep = (tasks: readonly DeletionTask[], limit: number) => Promise<number>;

/**
 * Marks a method of a provider as a deletion step for a kind of subject. The worker calls it until it returns 0, and restarts after
 * a crash. Steps of one kind must not depend on their order, and two workers may run the same step at once.
 */
export const DeleteWith = (kind: string) =>
  DeletionStepOf(kind) as <M extends DeletionStep>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<M>,
  ) => void;
