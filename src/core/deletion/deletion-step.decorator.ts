import { DiscoveryService } from '@nestjs/core';
import type { DeletionTask } from './deletion-tasks.js';

export const DeletionStepOf = DiscoveryService.createDecorator<string>();

/** Removes up to `limit` rows of these tasks in a short transaction. @returns how many; 0 when none is left */
export type DeletionStep = (tasks: readonly DeletionTask[], limit: number) => Promise<number>;

/**
 * Marks a method of a provider as a step of the deletion of a kind of subject. The worker calls it until it returns 0, after a
 * crash from the beginning. Steps of one kind do not depend on each other's order, and two workers may take the same one at once.
 */
export const DeleteWith = (kind: string) =>
  DeletionStepOf(kind) as <M extends DeletionStep>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<M>,
  ) => void;
