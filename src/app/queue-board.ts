import { ModuleRef } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { DomainError } from '../core/errors/domain.error.js';
import { FailureThrottle } from '../core/throttle/failure-throttle.js';
import { secretsEqual } from '../core/crypto/tokens.js';
import type { Settings } from '../core/config/settings.js';
import { queueByName } from '../core/queue/bell-ringer.js';
import { QUEUES } from './queues.js';

export const QUEUE_BOARD_PATH = '/admin/queues';

/** Shows the queues to whoever has the admin key. Nothing can be changed there: jobs are bells, and the sweeper rings again. */
export function serveQueueBoard(app: NestExpressApplication, { ADMIN_SECRET_KEY }: Settings): void {
  let board: Promise<RequestHandler> | undefined;
  const serve: RequestHandler = (request, response, next) => {
    board ??= makeBoard(app.get(ModuleRef));
    board.then((router) => router(request, response, next)).catch(next);
  };
  app.use(QUEUE_BOARD_PATH, adminOnly(ADMIN_SECRET_KEY, app.get(FailureThrottle)), serve);
}

/** Its packages are loaded when somebody first looks: a start is not to wait for what few ask for. */
async function makeBoard(moduleRef: ModuleRef): Promise<RequestHandler> {
  const { createBullBoard } = await import('@bull-board/api');
  const { BullMQAdapter } = await import('@bull-board/api/bullMQAdapter');
  const { ExpressAdapter } = await import('@bull-board/express');
  const serverAdapter = new ExpressAdapter();
  serverAdapter.setBasePath(QUEUE_BOARD_PATH);
  const queues = QUEUES.map(({ name }) => new BullMQAdapter(queueByName(moduleRef, name), { readOnlyMode: true }));
  // The packages of the board have each their own copy of its types.
  createBullBoard({ queues, serverAdapter: serverAdapter as never, options: { uiConfig: { boardTitle: 'Parley' } } });
  return serverAdapter.getRouter() as RequestHandler;
}

/** The key alone, as the Admin API takes it; or as the password of the dialogue that browsers have. Who guesses is told to wait. */
const adminOnly =
  (key: string, throttle: FailureThrottle) =>
  async ({ headers: { authorization = '' }, ip }: Request, response: Response, next: NextFunction): Promise<void> => {
    if (secretsEqual(keyIn(authorization), key)) return next();
    try {
      // A browser asks without any key first, to be told that it needs one.
      if (authorization) await throttle.fail(ip);
    } catch (error) {
      return tellToWait(response, error as DomainError);
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

function tellToWait(response: Response, { message, details }: DomainError): void {
  response.setHeader('retry-after', String(details.retryAfterSeconds));
  response.status(429).json({ message });
}
