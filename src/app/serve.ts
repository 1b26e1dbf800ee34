import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { connectionBudget, connectionShortage } from '../core/database/connection-budget.js';
import { migrate } from '../core/database/migrate.js';
import { HealthRegistry } from '../core/health/health-registry.js';
import type { FastExpressAdapter } from '../core/http/fast-express.adapter.js';
import type { ParleyLogger } from '../core/logging/parley.logger.js';
import { createApp } from './create-app.js';
import { MIGRATIONS } from './migrations.js';
import { QUEUES } from './queues.js';
import type { AppSettings } from './settings.js';
import { listenWithTls } from './tls-listener.js';

/** A listening application. */
export interface Serving {
  /** Finishes the work in progress and closes the application. */
  stop(): Promise<void>;
}

/** Migrates the database, creates the application and starts listening. */
export async function serve(settings: AppSettings, logger: ParleyLogger): Promise<Serving> {
  const ran = await migrate(settings, MIGRATIONS);
  if (ran.length === MIGRATIONS.length) logger.log(`Created the schema with ${ran.length} migrations`, 'Database');
  else if (ran.length > 0) logger.log(`Migrated the database: ${ran.join(', ')}`, 'Database');
  const shortage = await connectionShortage(settings, connectionBudget(settings, QUEUES.length));
  if (shortage) logger.warn(shortage, 'Database');
  const isApi = settings.ROLES.includes('api');
  const app = await createApp(settings, logger);
  await listen(app, isApi ? settings.PORT : settings.WORKER_PORT, settings.host);
  logger.log(`Listening on ${settings.host ?? 'every address'}, port ${portOf(app)}`, 'Start');
  const tls = isApi ? await listenWithTls(app, settings) : undefined;
  return {
    stop: async () => {
      if (isApi) await drain(app, tls, settings.SHUTDOWN_DRAIN_MS);
      (app.getHttpAdapter() as unknown as FastExpressAdapter).stopListening();
      await app.close();
    },
  };
}

const listen = (app: NestExpressApplication, port: number, host: string | undefined): Promise<unknown> =>
  host === undefined ? app.listen(port) : app.listen(port, host);

const portOf = (app: NestExpressApplication): number => (app.getHttpServer().address() as AddressInfo).port;

/** Serves requests until load balancers have noticed the shutdown. Responses ask the client to close its connection. */
async function drain(app: NestExpressApplication, tls: Server | undefined, forMs: number): Promise<void> {
  app.get(HealthRegistry).beginShutdown();
  if (forMs === 0) return;
  for (const server of [app.getHttpServer(), tls]) {
    server?.prependListener('request', (_request, response) => void response.setHeader('connection', 'close'));
  }
  await sleep(forMs);
}
