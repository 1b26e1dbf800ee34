import { ModuleRef } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { DomainError } from '../core/errors/domain.error.js';
import { FailureThrottle } from '../core/throttle/failure-throttle.js';
import { secretsEqual } from '../core/crypto/tokens.js';
import type { Settings } from '../core/config/settings.js';
import { queueByName } from '../core/queue/wakeup-publisher.js';
import { QUEUES } from './queues.js';

export const QUEUE_BOARD_PATH = '/admin/queues';

/** Serves the queue board to holders of the admin key. Read-only: jobs are wake-ups, which the sweeper enqueues again. */
export function serveQueueBoard(app: NestExpressApplication, { ADMIN_SECRET_KEY }: Settings): void {
  let board: Promise<RequestHandler> | undefined;
  const serve: RequestHandler = (request, response, next) => {
    board ??= createBoard(app.get(ModuleRef));
    board.then((router) => router(request, response, next)).catch(next);
  };
  app.use(QUEUE_BOARD_PATH, adminOnly(ADMIN_SECRET_KEY, app.get(FailureThrottle)), serve);
}

/** Loads the board's packages on the first request, so that they do not slow down the start. */
async function createBoard(moduleRef: ModuleRef): Promise<RequestHandler> {
  const { createBullBoard } = await import('@bull-board/api');
  const { BullMQAdapter } = await import('@bull-board/api/bullMQAdapter');
  const { ExpressAdapter } = await import('@bull-board/express');
  const serverAdapter = new ExpressAdapter();
  serverAdapter.setBasePath(QUEUE_BOARD_PATH);
  const queues = QUEUES.map(({ name }) => new BullMQAdapter(queueByName(moduleRef, name), { readOnlyMode: true }));
  // Each package of the board has its own copy of the types.
  createBullBoard({ queues, serverAdapter: serverAdapter as never, options: { uiConfig: { boardTitle: 'Parley' } } });
  return serverAdapter.getRouter() as RequestHandler;
}

/** Accepts the admin key alone, as in the Admin API, or as the password of Basic authentication. Limits failed attempts by address. */
const adminOnly =
  (key: string, throttle: FailureThrottle) =>
  async ({ headers: { authorization = '' }, ip }: Request, response: Response, next: NextFunction): Promise<void> => {
    if (secretsEqual(keyIn(authorization), key)) return next();
    try {
      // The first request of a browser has no credentials: it expects the challenge.
      if (authorization) await throttle.fail(ip);
    } catch (error) {
      return sendTooManyRequests(response, error as DomainError);
    }
    response.setHeader('www-authenticate', 'Basic realm="Parley"');
    response.status(401).json({ message: 'Admin key is required.' });
  };

const keyIn = (authorization: string): string =>
  authorization.startsWith('Basic ')
    ? Buffer.from(authorization.slice('Basic '.length), 'base64')
        .toString()
        .replace(/^[^:]*:/, '')
    : authorization;

function sendTooManyRequests(response: Response, { message, details }: DomainError): void {
  response.setHeader('retry-after', String(details.retryAfterSeconds));
  response.status(429).json({ message });
}
