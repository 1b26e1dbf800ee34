import type { INestApplicationContext } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { Settings } from '../../src/core/config/settings.js';
import { DeletionTasks } from '../../src/core/deletion/deletion-tasks.js';
import { DeletionRunner } from '../../src/core/deletion/worker/deletion-runner.js';

/** Creates a runner of deletion tasks for applications without a worker. The test calls it and awaits the result. */
export function deletionRunner(app: INestApplicationContext): DeletionRunner {
  const get = <T>(type: new (...args: never[]) => T): T => app.get(type, { strict: false });
  const runner = new DeletionRunner(get(DeletionTasks), get(Settings), get(DiscoveryService), get(MetadataScanner));
  runner.onModuleInit();
  return runner;
}
