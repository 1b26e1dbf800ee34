import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CORE_SCHEMA, load, mergeTag } from 'js-yaml';
import { maxShutdownMs } from '../../src/app/stop-signals.js';
import { loadSettings } from '../../src/core/config/load-settings.js';
import { AppSettings } from '../../src/app/settings.js';
import { SECRET_NAMES } from '../../src/core/config/settings.js';

interface Service {
  command?: string[];
  stop_grace_period?: string;
  environment: Record<string, string>;
  depends_on?: Record<string, { condition: string }>;
  volumes?: string[];
  healthcheck?: { test: string[] };
}

const ROOT = join(__dirname, '../..');
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

/** Interpolates like Compose. @throws Error for a missing required variable */
function interpolate(text: string, env: Record<string, string>): string {
  return text.replace(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_all, name: string, operator: string, rest: string) => {
    if (env[name]) return env[name];
    if (operator === '?') throw new Error(`${name}: ${rest}`);
    return rest ?? '';
  });
}

describe('docker/compose.yml', () => {
  const text = read('docker/compose.yml');
  const secrets = Object.fromEntries(SECRET_NAMES.map((name) => [name, `the-${name}-of-this-test-0123456789`]));
  const env = { ...secrets, POSTGRES_PASSWORD: 'password' };
  const schema = CORE_SCHEMA.withTags(mergeTag);
  const compose = load(interpolate(text, env), { schema }) as { services: Record<string, Service>; volumes: object };
  const { api, worker, postgres, redis } = compose.services;

  it.each([...SECRET_NAMES, 'POSTGRES_PASSWORD'])('does not start without %s', (name) => {
    expect(() => interpolate(text, { ...env, [name]: '' })).toThrow(`${name}: set `);
  });

  it.each([
    ['api', api],
    ['worker', worker],
  ])('configures the %s with valid settings for production and no unknown ones', (role, { environment }) => {
    const settings = loadSettings(AppSettings, { NODE_ENV: 'production', ...environment });
    expect(settings.ROLES).toEqual([role]);
    expect(settings).toMatchObject({ ...secrets, REDIS_URL: 'redis://redis:6379' });
    expect(Object.keys(environment).filter((name) => !(name in new AppSettings()))).toEqual([]);
  });

  it('allows the processes the time of their longest shutdown', () => {
    for (const { stop_grace_period = '' } of [api, worker]) {
      expect(stop_grace_period).toMatch(/^\d+s$/);
      expect(Number.parseInt(stop_grace_period, 10) * 1000).toBeGreaterThan(maxShutdownMs(new AppSettings()));
    }
  });

  it('starts the processes when the database and Redis are healthy', () => {
    for (const { depends_on } of [api, worker]) {
      expect(depends_on).toEqual({
        postgres: { condition: 'service_healthy' },
        redis: { condition: 'service_healthy' },
      });
    }
    for (const { healthcheck } of [postgres, redis]) expect(healthcheck?.test).toBeDefined();
  });

  it('configures Redis to persist data and never to evict jobs', () => {
    expect(redis.command?.join(' ')).toContain('--appendonly yes --appendfsync everysec --maxmemory-policy noeviction');
  });

  it('keeps all data in volumes', () => {
    const used = Object.values(compose.services).flatMap(({ volumes }) =>
      volumes!.map((volume) => volume.split(':')[0]),
    );
    expect([...new Set(used)].sort()).toEqual(Object.keys(compose.volumes).sort());
  });

  it('runs programs that the build creates', () => {
    expect(programOf(worker.command!)).toBe('src/worker.ts');
    expect(existsSync(join(ROOT, 'src/worker.ts'))).toBe(true);
  });
});

describe('docker/Dockerfile', () => {
  const lines = read('docker/Dockerfile').replace(/\\\n/g, '').split('\n');
  const all = (instruction: string): string[] =>
    lines.filter((line) => line.startsWith(`${instruction} `)).map((line) => line.slice(instruction.length + 1));

  it('copies existing files that .dockerignore includes', () => {
    const sources = all('COPY')
      .filter((copy) => !copy.startsWith('--from'))
      .flatMap((copy) => copy.split(' ').slice(0, -1));
    const included = read('.dockerignore').split('\n');
    expect(sources.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
    expect(sources.filter((file) => !included.includes(`!${file}`))).toEqual([]);
  });

  it('uses the recommended Node version', () => {
    const images = new Set(all('FROM').map((from) => from.split(' ')[0]));
    expect(images).toEqual(new Set([`node:${read('.nvmrc').trim()}-bookworm-slim`]));
  });

  it('starts the API, not as root', () => {
    expect(programOf(JSON.parse(all('CMD').at(-1)!) as string[])).toBe('src/main.ts');
    expect(all('USER')).toEqual(['node']);
    expect(all('ENV').join()).toContain('NODE_ENV=production ROLES=api');
  });
});

/** @returns the source of the program that the command runs */
const programOf = (command: string[]): string =>
  command
    .at(-1)!
    .replace(/^dist\//, 'src/')
    .replace(/\.js$/, '.ts');
