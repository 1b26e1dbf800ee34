import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { once } from 'node:events';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Settings } from '../core/config/settings.js';
import type { FastExpressAdapter } from '../core/http/fast-express.adapter.js';
import { ConnectorGateway } from '../modules/connector/api/connector/gateway/connector-gateway.js';

/**
 * Serves the same application, including sockets, over TLS beside plain HTTP: some clients require TLS. The listener closes with the
 * application.
 *
 * @returns undefined without a `TLS_PORT`
 * @throws Error when the certificate or the key cannot be read or used
 */
export async function listenWithTls(app: NestExpressApplication, settings: Settings): Promise<Server | undefined> {
  const { TLS_PORT, TLS_CERT_FILE, TLS_KEY_FILE } = settings;
  if (TLS_PORT === undefined) return undefined;
  const [cert, key] = await Promise.all([readFile(TLS_CERT_FILE!), readFile(TLS_KEY_FILE!)]);
  const server = (app.getHttpAdapter() as unknown as FastExpressAdapter).createServer({ cert, key });
  app.get(ConnectorGateway).attach(server);
  server.listen({ port: TLS_PORT, host: settings.host });
  await once(server, 'listening');
  return server;
}
