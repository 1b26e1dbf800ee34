import type { AddressInfo } from 'node:net';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { createApp } from '../../src/app/create-app.js';
import type { AppSettings } from '../../src/app/settings.js';
import { ParleyLogger } from '../../src/core/logging/parley.logger.js';
import { createMigratedDatabase } from './migrated-database.js';
import { checkResponses, takeProblems } from './response-checks.js';
import { testSettings } from './settings.js';

export interface RunningApp {
  app: NestExpressApplication;
  /** Without a trailing slash. */
  url: string;
  settings: AppSettings;
  close(): Promise<void>;
}

// Registered for each test file that imports this one.
afterEach(() => expect(takeProblems()).toEqual([]));

/**
 * Starts the whole application in this process, with its own database and a free port. Default role: `api`. A test fails if a response
 * is not as the OpenAPI documents describe it.
 */
export async function startApp(overrides: Partial<AppSettings> = {}): Promise<RunningApp> {
  const database = overrides.DATABASE_URL ? undefined : await createMigratedDatabase();
  const settings = testSettings({ ...overrides, DATABASE_URL: overrides.DATABASE_URL ?? database!.url });
  const logger = new ParleyLogger({ level: settings.LOG_LEVEL, format: 'json' });
  const app = await createApp(settings, logger);
  checkResponses(app.getHttpServer());
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  return {
    app,
    url: `http://127.0.0.1:${port}`,
    settings,
    close: async () => {
      await app.close();
      await database?.drop();
    },
  };
}
