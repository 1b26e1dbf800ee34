/* eslint-disable @typescript-eslint/no-explicit-any -- payloads are read as a client without types reads them */
import type { AppSettings } from '../../../src/app/settings.js';
import { type RunningApp, startApp } from '../../support/app.js';
import { ClientApi, type Person } from '../../support/client-api.js';
import { ConnectorClient, fetchToken, type SocketOptions } from '../../support/connector-client.js';
import { runSql } from '../../support/databases.js';
import { TEST_SECRETS } from '../../support/settings.js';

export interface ConnectorBot {
  id: string;
  key: string;
  token: string;
  /** User id of the contract: `<id>@<domain>`. */
  userId: string;
}

/** The application with socket bots and users. */
export interface ConnectorApp extends RunningApp {
  api: ClientApi;
  createBot(name: string): Promise<ConnectorBot>;
  open(bot: ConnectorBot, options?: SocketOptions): Promise<ConnectorClient>;
  platform<T = any>(method: string, path: string, body?: object): Promise<T>;
  sql<T extends object>(text: string): Promise<T[]>;
  userId(person: Pick<Person, 'id'>): string;
}

export const DOMAIN = 'chat.example.org';

export async function startConnectorApp(overrides: Partial<AppSettings> = {}): Promise<ConnectorApp> {
  const app = await startApp({ ROLES: ['api', 'worker'], SERVER_DOMAIN: DOMAIN, ...overrides });
  const api = new ClientApi(app.url);
  const clients: ConnectorClient[] = [];
  return {
    ...app,
    api,
    userId: ({ id }) => `${id}@${DOMAIN}`,
    createBot: async (name) => {
      const bot = await api.createBot(name);
      return { ...bot, token: await fetchToken(app.url, bot.key), userId: `${bot.id}@${DOMAIN}` };
    },
    open: async (bot, options) => {
      const client = await ConnectorClient.open(app.url, bot.token, options);
      clients.push(client);
      await registered(app, client);
      return client;
    },
    platform: async (method, path, body) => {
      const response = await fetch(`${app.url}/v3${path}`, {
        method,
        headers: { 'api-token': TEST_SECRETS.API_TOKEN, 'content-type': 'application/json' },
        body: body && JSON.stringify(body),
      });
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
      return (await response.json()) as never;
    },
    sql: (text) => runSql(app.settings.databaseUrl, text),
    close: async () => {
      for (const client of clients) client.socket.terminate();
      await app.close();
    },
  };
}

/** Waits until the session is active. With missed messages this can take longer. */
async function registered({ settings }: RunningApp, { connectionId }: ConnectorClient): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const rows = await runSql(
      settings.databaseUrl,
      `SELECT 1 FROM socket_sessions WHERE id = '${connectionId}' AND is_active`,
    );
    if (rows.length > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
