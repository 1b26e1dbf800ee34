import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { SettingsError } from '../core/config/load-settings.js';
import type { Settings } from '../core/config/settings.js';
import { HealthRegistry } from '../core/health/health-registry.js';
import { ParleyLogger } from '../core/logging/parley.logger.js';
import { createApp } from './create-app.js';
import { type Environment, prepareDatabase, readEnvironment } from './prepare.js';
import { closeTls, listenWithTls } from './tls-listener.js';
import { welcome } from './welcome.js';

/** After the drain, a delivery that has begun may take its 10 s; then the process ends all the same. */
const SHUTDOWN_MS = 15_000;

type Role = Settings['ROLES'][number];

/**
 * Runs a process of Parley until it is told to stop.
 *
 *   settings ─► database (started if it is ours) ─► migrations ─► Nest ─► listening
 *   SIGTERM, SIGINT ─► not ready ─► balancers look elsewhere ─► requests, sockets and deliveries in hand are finished
 *     ─► database stopped ─► exit
 *
 * @param roles instead of those of the settings
 */
export async function run(roles?: Role[]): Promise<void> {
  let environment: Environment;
  try {
    environment = await readEnvironment();
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
  const { settings } = environment;
  if (roles) settings.ROLES = roles;
  const format = settings.LOG_FORMAT ?? (settings.isProduction ? 'json' : 'pretty');
  const logger = new ParleyLogger({ level: settings.LOG_LEVEL, format });
  try {
    await start(environment, logger);
  } catch (error) {
    logger.fatal((error as Error).message, (error as Error).stack, 'Start');
    process.exit(1);
  }
}

async function start({ settings, createdSecrets }: Environment, logger: ParleyLogger): Promise<void> {
  const startedAt = performance.now();
  const stopDatabase = await prepareDatabase(settings, logger);
  let app: NestExpressApplication | undefined;
  let tls: Server | undefined;
  onStopSignal(
    async (signal) => {
      logger.log(`${signal}: stopping`, 'Stop');
      if (app && settings.ROLES.includes('api')) await drain(app, tls, settings.SHUTDOWN_DRAIN_MS);
      await Promise.all([app && closeApp(app), tls && closeTls(tls)]);
      await stopDatabase();
      logger.log('Stopped', 'Stop');
    },
    settings.SHUTDOWN_DRAIN_MS,
    logger,
  );
  try {
    app = await createApp(settings, logger);
    const isApi = settings.ROLES.includes('api');
    await app.listen(isApi ? settings.PORT : settings.WORKER_PORT);
    if (isApi) tls = await listenWithTls(app, settings);
    logger.log(
      `Ready after ${Math.round(performance.now() - startedAt)} ms as ${settings.ROLES.join(' and ')}`,
      'Start',
    );
    if (isApi && !settings.isProduction) process.stdout.write(welcome(settings, createdSecrets));
  } catch (error) {
    await stopDatabase();
    throw error;
  }
}

/** Stops once, however many signals come, and in bounded time. */
function onStopSignal(stop: (signal: string) => Promise<void>, drainMs: number, logger: ParleyLogger): void {
  const limitMs = drainMs + SHUTDOWN_MS;
  let stopping = false;
  const handle = (signal: string): void => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => {
      logger.error(`Could not stop within ${limitMs / 1000} s`, 'Stop');
      process.exit(1);
    }, limitMs).unref();
    stop(signal).then(
      () => process.exit(0),
      (error: Error) => {
        logger.error(error.message, error.stack, 'Stop');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', handle);
  process.on('SIGINT', handle);
}

/** Goes on answering while those who send requests find out that this process is about to go; each is asked to hang up. */
async function drain(app: NestExpressApplication, tls: Server | undefined, forMs: number): Promise<void> {
  app.get(HealthRegistry).beginShutdown();
  if (forMs === 0) return;
  for (const server of [app.getHttpServer(), tls]) {
    server?.prependListener('request', (_request, response) => void response.setHeader('connection', 'close'));
  }
  await sleep(forMs);
}

/** Answers what has been asked already, and ends each connection as soon as it has nothing more to say. */
async function closeApp(app: NestExpressApplication): Promise<void> {
  const server = app.getHttpServer();
  const closing = setInterval(() => server.closeIdleConnections(), 50);
  await app.close().finally(() => clearInterval(closing));
}
