import { freePort, type RunningProgram, spawnNode } from './processes.js';
import { TEST_SECRETS } from './settings.js';

export interface ParleyProcess {
  url: string;
  program: RunningProgram;
}

export interface ParleyProcessOptions {
  /** `api` runs `dist/main.js`, `worker` runs `dist/worker.js`. */
  role: 'api' | 'worker';
  databaseUrl: string;
  redisUrl?: string;
  env?: Record<string, string>;
  /** Default: a free port. */
  port?: number;
}

/** A start takes a second or two, but tests may start several at once on a busy machine. */
const START_TIMEOUT_MS = 60_000;

/** Starts one process of the built program, as it runs in production, and waits until it is ready. */
export async function startParley(options: ParleyProcessOptions): Promise<ParleyProcess> {
  const { role, databaseUrl, redisUrl, env, port = await freePort() } = options;
  const url = `http://127.0.0.1:${port}`;
  const program = spawnNode(role === 'api' ? 'dist/main.js' : 'dist/worker.js', [], {
    env: {
      NODE_ENV: 'test',
      ROLES: 'api',
      PORT: String(port),
      WORKER_PORT: String(port),
      DATABASE_URL: databaseUrl,
      REDIS_URL: redisUrl ?? '',
      CALLBACK_ALLOW_PRIVATE: 'true',
      LOG_LEVEL: 'warn',
      LOG_FORMAT: 'json',
      SIGN_UPS_PER_MINUTE: '0',
      SIGN_UPS_PER_HOUR: '0',
      AI_ADDRESS_TURNS_PER_MINUTE: '0',
      AI_ADDRESS_TURNS_PER_DAY: '0',
      ...TEST_SECRETS,
      ...env,
    },
  });
  await program.waitUntilReady(new URL('/health/live', url), START_TIMEOUT_MS);
  return { url, program };
}
