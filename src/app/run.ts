import { SettingsError } from '../core/config/load-settings.js';
import type { Settings } from '../core/config/settings.js';
import { ParleyLogger } from '../core/logging/parley.logger.js';
import { type Environment, readEnvironment, restrictDataFolders, startDatabase } from './prepare.js';
import type { Serving } from './serve.js';
import { maxShutdownMs, onStopSignal } from './stop-signals.js';
import { welcome } from './welcome.js';

type Role = Settings['ROLES'][number];

/**
 * Runs a process of Parley until it receives a stop signal.
 *
 *   settings ─► database (starts the embedded one, and loads the rest of the program meanwhile) ─► migrations ─► Nest ─► listening
 *   SIGTERM, SIGINT ─► not ready ─► load balancers drain ─► listeners closed ─► pending requests, sockets, deliveries and AI runs
 *     finish ─► database stopped ─► exit; a second signal skips the waiting
 *
 * @param roles override the roles of the settings
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

/** Loaded lazily: the imports are the slowest part of the start. */
const loadProgram = () => import('./serve.js');

async function start({ settings, createdSecrets }: Environment, logger: ParleyLogger): Promise<void> {
  await restrictDataFolders(settings, (line) => logger.warn(line, 'Start'));
  // An import error is reported by the second call below.
  const stopDatabase = await startDatabase(settings, logger, () => void loadProgram().catch(() => undefined));
  let serving: Serving | undefined;
  onStopSignal(
    {
      stop: async (signal) => {
        logger.log(`${signal}: stopping`, 'Stop');
        await serving?.stop();
        await stopDatabase();
        logger.log('Stopped', 'Stop');
      },
      stopAtOnce: stopDatabase,
      limitMs: maxShutdownMs(settings),
    },
    logger,
  );
  try {
    const { serve } = await loadProgram();
    serving = await serve(settings, logger);
    const { ROLES } = settings;
    logger.log(`Ready after ${Math.round(performance.now())} ms as ${ROLES.join(' and ')}`, 'Start');
    if (ROLES.includes('api') && !settings.isProduction) process.stdout.write(welcome(settings, createdSecrets));
  } catch (error) {
    await stopDatabase();
    throw error;
  }
}
