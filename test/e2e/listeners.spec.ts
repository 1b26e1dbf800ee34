import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { get as httpsGet } from 'node:https';
import { type AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from '../../src/app/serve.js';
import type { Settings } from '../../src/core/config/settings.js';
import { ParleyLogger } from '../../src/core/logging/parley.logger.js';
import type { TestDatabase } from '../support/databases.js';
import { createMigratedDatabase } from '../support/migrated-database.js';
import { testSettings } from '../support/settings.js';

const EVERY_ADDRESS = /^(::|0\.0\.0\.0)$/;

describe('the listeners', () => {
  let database: TestDatabase;
  let folder: string;
  let tls: Partial<Settings>;

  beforeAll(async () => {
    database = await createMigratedDatabase();
    folder = await mkdtemp(join(tmpdir(), 'parley-listeners-'));
    const [TLS_CERT_FILE, TLS_KEY_FILE] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const request = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost -days 2';
    execFileSync('openssl', [...request.split(' '), '-keyout', TLS_KEY_FILE, '-out', TLS_CERT_FILE], {
      stdio: 'ignore',
    });
    tls = { TLS_PORT: 0, TLS_CERT_FILE, TLS_KEY_FILE };
  });
  afterAll(async () => {
    await database.drop();
    await rm(folder, { recursive: true });
  });

  /** @param visit gets the addresses of the HTTP and of the TLS listener */
  async function whileServing(
    overrides: Partial<Settings>,
    visit: (plain: AddressInfo, secure: AddressInfo) => Promise<void> | void,
  ): Promise<void> {
    const settings = testSettings({ ...tls, SHUTDOWN_DRAIN_MS: 0, ...overrides, DATABASE_URL: database.url });
    const listening = jest.spyOn(Server.prototype, 'listen');
    const serving = await serve(settings, new ParleyLogger({ level: 'fatal', format: 'json' }));
    try {
      const servers = listening.mock.contexts as Server[];
      expect(servers).toHaveLength(2);
      const [plain, secure] = servers.map((server) => server.address() as AddressInfo);
      await visit(plain, secure);
    } finally {
      listening.mockRestore();
      await serving.stop();
    }
  }

  const headersOverTls = (port: number): Promise<IncomingHttpHeaders> =>
    new Promise((resolve, reject) => {
      const url = `https://127.0.0.1:${port}/health/live`;
      httpsGet(url, { rejectUnauthorized: false, agent: false }, (response) => {
        response.resume();
        resolve(response.headers);
      }).on('error', reject);
    });

  it.each([
    ['to loopback outside production', {}, /^127\.0\.0\.1$/],
    ['to HOST outside production', { HOST: '0.0.0.0' }, /^0\.0\.0\.0$/],
    ['to every address in production', { NODE_ENV: 'production' }, EVERY_ADDRESS],
    ['to HOST in production', { NODE_ENV: 'production', HOST: '127.0.0.1' }, /^127\.0\.0\.1$/],
  ] as [string, Partial<Settings>, RegExp][])('are bound %s, with and without TLS', (_name, overrides, expected) =>
    whileServing(overrides, (plain, secure) => {
      expect(plain.address).toMatch(expected);
      expect(secure.address).toMatch(expected);
    }),
  );

  it('send HSTS in production over TLS only', () =>
    whileServing({ NODE_ENV: 'production' }, async (plain, secure) => {
      const { headers } = await fetch(`http://127.0.0.1:${plain.port}/health/live`);
      expect(headers.has('strict-transport-security')).toBe(false);
      expect(await headersOverTls(secure.port)).toMatchObject({ 'strict-transport-security': 'max-age=31536000' });
    }));

  it('send no HSTS over TLS outside production', () =>
    whileServing({}, async (_plain, secure) => {
      expect(await headersOverTls(secure.port)).not.toHaveProperty('strict-transport-security');
    }));
});
