import { Test, type TestingModule } from '@nestjs/testing';
import { coreModules } from '../../src/app/core.modules.js';
import { DOMAIN_MODULES } from '../../src/app/domain.modules.js';
import { QUEUES } from '../../src/app/queues.js';
import type { AppSettings } from '../../src/app/settings.js';
import { DELETION_QUEUES } from '../../src/core/deletion/deletion.queues.js';
import { DeletionWorkerModule } from '../../src/core/deletion/worker/deletion.worker.module.js';
import { QueueWorkersModule } from '../../src/core/queue/queue-workers.module.js';
import { DELIVERY_QUEUES } from '../../src/modules/deliveries/index.js';
import { DeliveriesWorkerModule } from '../../src/modules/deliveries/worker/deliveries.worker.module.js';
import { createMigratedDatabase } from './migrated-database.js';
import { testSettings } from './settings.js';

export interface RunningDomain {
  module: TestingModule;
  settings: AppSettings;
  close(): Promise<void>;
}

export interface DomainOptions extends Partial<AppSettings> {
  /** Whether this process also runs workers. Callback bodies are the `{"id","body"}` of the message. */
  worker?: boolean;
}

/** Starts the domain without protocols, on `DATABASE_URL` or its own migrated database. */
export async function startDomain({ worker = false, ...overrides }: DomainOptions = {}): Promise<RunningDomain> {
  const database = overrides.DATABASE_URL ? undefined : await createMigratedDatabase();
  const settings = testSettings({ ...overrides, DATABASE_URL: overrides.DATABASE_URL ?? database!.url });
  const render = ({ message }: { message: { id: string; body: string } }) => {
    if (message.body === 'UNRENDERABLE') throw new Error('The message cannot be rendered.');
    return JSON.stringify({ id: message.id, body: message.body });
  };
  const workers = [
    DeliveriesWorkerModule.forRoot({ bodyFormats: { client: render, platform: render } }),
    DeletionWorkerModule,
    QueueWorkersModule,
  ];
  const module = await Test.createTestingModule({
    imports: [
      ...coreModules(settings, worker ? [...DELIVERY_QUEUES, ...DELETION_QUEUES] : QUEUES),
      ...DOMAIN_MODULES,
      ...(worker ? workers : []),
    ],
  })
    .setLogger(false as never)
    .compile();
  await module.init().catch(async (error: unknown) => {
    await module.close();
    throw error;
  });
  return {
    module,
    settings,
    close: async () => {
      await module.close();
      await database?.drop();
    },
  };
}
