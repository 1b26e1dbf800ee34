import { SettingsError } from '../core/config/load-settings.js';
import type { Settings } from '../core/config/settings.js';
import { ParleyLogger } from '../core/logging/parley.logger.js';
import { type Environment, readEnvironment, startDatabase } from './prepare.js';
import type { Serving } from './serve.js';
import { welcome } from './welcome.js';

/** After the drain, a delivery that has begun may take its 10 s; then the process ends all the same. */
const SHUTDOWN_MS = 15_000;

type Role = Settings['ROLES'][number];

/**
 * Runs a process of Parley until it is told to stop.
 *
 *   settings ─► database (started if it is ours; the rest of the program is loaded meanwhile) ─► migrations ─► Nest ─► listening
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

/** Loading all of this takes longer than anything else at a start. */
const loadProgram = () => import('./serve.js');

async function start({ settings, createdSecrets }: Environment, logger: ParleyLogger): Promise<void> {
  // What keeps it from being loaded is told when it is needed.
  const stopDatabase = await startDatabase(settings, logger, () => void loadProgram().catch(() => undefined));
  let serving: Serving | undefined;
  onStopSignal(
    async (signal) => {
      logger.log(`${signal}: stopping`, 'Stop');
      await serving?.stop();
      await stopDatabase();
      logger.log('Stopped', 'Stop');
    },
    settings.SHUTDOWN_DRAIN_MS,
    logger,
  );
  try {
    const { serve } = await loadProgram();
    serving = await serve(settings, logger);
    const { ROLES } = settings;
    logger.log(`Ready ${Math.round(performance.now())} ms after its start, as ${ROLES.join(' and ')}`, 'Start');
    if (ROLES.includes('api') && !settings.isProduction) process.stdout.write(welcome(settings, createdSecrets));
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
