import { loadSettings as load, SettingsError } from '../core/config/load-settings.js';
import { SECRET_NAMES } from '../core/config/settings.js';
import { AppSettings } from './settings.js';

const loadSettings = (env: Record<string, string>) => load(AppSettings, env);

const SECRETS = Object.fromEntries(SECRET_NAMES.map((name) => [name, 'a-secret-that-is-long-enough-for-all']));
const PRODUCTION = { ...SECRETS, NODE_ENV: 'production' };

function faultsOf(env: Record<string, string>): string[] {
  try {
    loadSettings(env);
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(SettingsError);
    return (error as SettingsError).faults;
  }
}

describe('loadSettings', () => {
  it('requires only the secrets', () => {
    const settings = loadSettings(SECRETS);
    expect(settings).toMatchObject({
      NODE_ENV: 'development',
      PORT: 3000,
      ROLES: ['api', 'worker'],
      DATA_DIR: '.data',
    });
    expect(settings.DATABASE_URL).toBeUndefined();
  });

  it('parses numbers, lists and booleans', () => {
    const env = {
      PORT: '8080',
      ROLES: 'api, worker',
      CALLBACK_RETRY_SCHEDULE: '0, 0.5,60',
      CALLBACK_ALLOW_PRIVATE: 'FALSE',
    };
    expect(loadSettings({ ...SECRETS, ...env })).toMatchObject({
      PORT: 8080,
      ROLES: ['api', 'worker'],
      CALLBACK_RETRY_SCHEDULE: [0, 0.5, 60],
      CALLBACK_ALLOW_PRIVATE: false,
    });
  });

  it('treats an empty variable as unset', () => {
    const env = { PORT: '', ROLES: '', DATABASE_URL: '', REDIS_URL: '', PUBLIC_URL: '', LOG_FORMAT: '', NODE_ENV: '' };
    expect(loadSettings({ ...SECRETS, ...env })).toEqual(loadSettings(SECRETS));
    expect(faultsOf({ ...SECRETS, API_TOKEN: '' }).join()).toContain('API_TOKEN');
  });

  it('ignores unknown variables', () => {
    expect(loadSettings({ ...SECRETS, PATH: '/bin', isProduction: 'true', constructor: 'x' })).toEqual(
      loadSettings(SECRETS),
    );
  });

  it('binds to loopback with docs and metrics enabled by default, and the opposite in production', () => {
    const METRICS_TOKEN = 'a-token-of-metrics';
    expect(loadSettings(SECRETS)).toMatchObject({ host: '127.0.0.1', docsEnabled: true, metricsEnabled: true });
    expect(loadSettings(PRODUCTION)).toMatchObject({ host: undefined, docsEnabled: false, metricsEnabled: false });
    expect(loadSettings({ ...SECRETS, HOST: '0.0.0.0' }).host).toBe('0.0.0.0');
    expect(loadSettings({ ...PRODUCTION, HOST: '::1', DOCS_ENABLED: 'true', METRICS_TOKEN })).toMatchObject({
      host: '::1',
      docsEnabled: true,
      metricsEnabled: true,
    });
    const wrong = { HOST: 'http://x', DOCS_ENABLED: 'maybe', METRICS_TOKEN: 'short', WEB_CSP: 'a\nb' };
    for (const name of Object.keys(wrong)) expect(faultsOf({ ...SECRETS, ...wrong }).join()).toContain(name);
  });

  it('reports all faults at once', () => {
    const wrong = {
      NODE_ENV: 'staging',
      PORT: '70000',
      WORKER_PORT: 'three thousand',
      PUBLIC_URL: 'parley.example',
      ROLES: 'api,cook',
      DATABASE_URL: 'mysql://localhost/parley',
      DATABASE_POOL_SIZE: '1',
      REDIS_URL: 'localhost:6379',
      API_TOKEN: 'short',
      ENCRYPTION_KEY: 'shorter than 32',
      CALLBACK_ALLOW_PRIVATE: 'maybe',
      CALLBACK_TIMEOUT_MS: '1.5',
      CALLBACK_RETRY_SCHEDULE: '0,,5',
      LOG_LEVEL: 'loud',
      LOG_FORMAT: 'xml',
    };
    const faults = faultsOf({ ...SECRETS, ...wrong });
    for (const name of Object.keys(wrong)) expect(faults).toContainEqual(expect.stringContaining(name));
    const message = new SettingsError(faults).message;
    for (const fault of faults) expect(message).toContain(`\n  - ${fault}`);
    expect(message).toContain('.env.example');
  });

  it('never includes the value of a secret in an error', () => {
    expect(faultsOf({ ...SECRETS, API_TOKEN: 'hunter2' }).join()).not.toContain('hunter2');
  });

  it.each([
    'postgres://parley:p%40ss@localhost:5432/parley',
    'postgresql://parley@10.0.0.1/parley?sslmode=require',
    'postgres://parley:parley@parley_postgres:5432/parley',
  ])('knows %s for a database', (url) => {
    expect(loadSettings({ ...SECRETS, DATABASE_URL: url }).databaseUrl).toBe(url);
  });

  it('throws for the database URL before it is known', () => {
    expect(() => loadSettings(SECRETS).databaseUrl).toThrow('DATABASE_URL is not known yet');
  });

  it('returns the public URL without a trailing slash', () => {
    expect(loadSettings({ ...SECRETS, PORT: '81' }).publicUrl).toBe('http://localhost:81');
    expect(loadSettings({ ...SECRETS, PUBLIC_URL: 'https://parley.example//' }).publicUrl).toBe(
      'https://parley.example',
    );
  });
});

describe('loadSettings in production', () => {
  it('requires each secret', () => {
    const faults = faultsOf({ NODE_ENV: 'production' });
    for (const name of SECRET_NAMES) expect(faults).toContainEqual(expect.stringContaining(name));
    expect(faultsOf(PRODUCTION)).toEqual([]);
  });

  it('rejects callbacks to private addresses', () => {
    expect(loadSettings(PRODUCTION).CALLBACK_ALLOW_PRIVATE).toBe(false);
    expect(faultsOf({ ...PRODUCTION, CALLBACK_ALLOW_PRIVATE: 'true' })).toEqual([
      expect.stringContaining('CALLBACK_ALLOW_PRIVATE'),
    ]);
    expect(loadSettings(SECRETS).CALLBACK_ALLOW_PRIVATE).toBe(true);
  });
});
