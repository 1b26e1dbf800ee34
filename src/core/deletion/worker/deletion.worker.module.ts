import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { DeletionMetrics } from './deletion-metrics.js';
import { DeletionRunner } from './deletion-runner.js';
import { DeletionProcessor } from './deletion.processor.js';

/** Removes the rows of deleted objects. Only loaded by the worker role. */
@Module({
  imports: [DiscoveryModule],
  providers: [DeletionRunner, DeletionProcessor, DeletionMetrics],
  exports: [DeletionRunner],
})
export class DeletionWorkerModule {}
