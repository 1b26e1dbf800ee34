import { resolve } from 'node:path';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import cors from 'cors';
import { requestContext } from '../core/context/request-context.js';
import { ServiceConfig } from '../core/config/service-config.js';
import { httpMetrics, Metrics } from '../core/health/metrics.js';
import { bodyParsing, DEFAULT_LIMIT_BYTES } from '../core/http/body-parsing.js';
import { FastExpressAdapter } from '../core/http/fast-express.adapter.js';
import { requestGuard } from '../core/http/request-guard.js';
import { cutStalledUploads } from '../core/http/stalled-transfers.js';
import { httpAccessLog } from '../core/logging/http-access-log.js';
import type { ParleyLogger } from '../core/logging/parley.logger.js';
import { cacheValidationMetadata } from '../core/patches/class-validator-metadata/cache-validation-metadata.js';
import { SOCKET_PATHS } from '../modules/connector/api/connector/gateway/connector-gateway.js';
import { AppModule } from './app.module.js';
import { ProtocolErrorFilter } from './protocol-error.filter.js';
import { serveDocs } from './openapi.js';
import { docsHeaders, fileHeaders, queueBoardHeaders, securityHeaders } from './security-headers.js';
import { QUEUE_BOARD_PATH, serveQueueBoard } from './queue-board.js';
import type { AppSettings } from './settings.js';
import { serveWebClient } from './web-client.js';

/** Fixed by the contract of the Client API. */
const CORS_METHODS = ['GET', 'POST', 'HEAD', 'PUT', 'DELETE', 'PATCH'];

/** Creates and initialises the application of a process. It does not listen yet. */
export async function createApp(settings: AppSettings, logger: ParleyLogger): Promise<NestExpressApplication> {
  cacheValidationMetadata();
  const app = await NestFactory.create<NestExpressApplication>(
    AppModule.forRoot(settings),
    new FastExpressAdapter({
      trustProxy: settings.TRUST_PROXY,
      socketPaths: SOCKET_PATHS,
      maxConnections: settings.MAX_CONNECTIONS,
      stallMs: settings.TRANSFER_STALL_SECONDS * 1000,
    }),
    {
      bodyParser: false,
      logger,
      abortOnError: false,
    },
  );
  try {
    return await wire(app, settings, logger);
  } catch (error) {
    await app.close();
    throw error;
  }
}

async function wire(
  app: NestExpressApplication,
  settings: AppSettings,
  logger: ParleyLogger,
): Promise<NestExpressApplication> {
  const config = app.get(ServiceConfig);
  const isApi = settings.ROLES.includes('api');
  app.use(securityHeaders(settings));
  app.use(requestContext());
  app.use(httpAccessLog(logger));
  app.use(httpMetrics(app.get(Metrics)));
  app.use(requestGuard());
  app.use(
    cutStalledUploads({
      stallMs: settings.TRANSFER_STALL_SECONDS * 1000,
      minBytesPerSecond: settings.TRANSFER_MIN_BYTES_PER_SECOND,
    }),
  );
  app.use('/v1', cors({ origin: settings.CORS_ORIGINS, methods: CORS_METHODS }));
  if (isApi) serveNonRoutes(app, settings);
  app.use(bodyParsing({ jsonLimitBytes: () => jsonLimitOf(config) }));
  app.useGlobalFilters(app.get(ProtocolErrorFilter));
  if (isApi && settings.docsEnabled) serveDocs(app, settings);
  await app.init();
  return app;
}

/** Serves what belongs to no controller. Runs before the body is read. */
function serveNonRoutes(app: NestExpressApplication, settings: AppSettings): void {
  app.use(['/static', '/bridge'], fileHeaders());
  if (settings.docsEnabled) app.use('/docs', docsHeaders());
  app.use(QUEUE_BOARD_PATH, queueBoardHeaders());
  serveQueueBoard(app, settings);
  if (settings.WEB_DIR) app.use(serveWebClient(resolve(settings.WEB_DIR), settings.WEB_CSP));
}

/** JSON may encode one byte of text as six (`\u0001`). Read per request, since the settings file may change at run time. */
const jsonLimitOf = ({ limits }: ServiceConfig): number =>
  Math.max(DEFAULT_LIMIT_BYTES, 6 * limits.message.maxBodyLength + 16 * 1024);
