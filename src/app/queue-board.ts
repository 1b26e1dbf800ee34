import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import { ModuleRef } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';
import { secretsEqual } from '../core/crypto/tokens.js';
import type { Settings } from '../core/config/settings.js';
import { queueByName } from '../core/queue/bell-ringer.js';
import { QUEUES } from './queues.js';

const PATH = '/admin/queues';

/** Shows the queues to whoever has the admin key. Nothing can be changed there: jobs are bells, and the sweeper rings again. */
export function serveQueueBoard(app: NestExpressApplication, { ADMIN_SECRET_KEY }: Settings): void {
  const moduleRef = app.get(ModuleRef);
  const serverAdapter = new ExpressAdapter();
  serverAdapter.setBasePath(PATH);
  const queues = QUEUES.map(({ name }) => new BullMQAdapter(queueByName(moduleRef, name), { readOnlyMode: true }));
  // The packages of the board have each their own copy of its types.
  createBullBoard({ queues, serverAdapter: serverAdapter as never, options: { uiConfig: { boardTitle: 'Parley' } } });
  app.use(PATH, adminOnly(ADMIN_SECRET_KEY), serverAdapter.getRouter());
}

/** The key alone, as the Admin API takes it; or as the password of the dialogue that browsers have. */
const adminOnly =
  (key: string) =>
  ({ headers: { authorization = '' } }: Request, response: Response, next: NextFunction): void => {
    const given = authorization.startsWith('Basic ')
      ? Buffer.from(authorization.slice('Basic '.length), 'base64')
          .toString()
          .replace(/^[^:]*:/, '')
      : authorization;
    if (secretsEqual(given, key)) return next();
    response.setHeader('www-authenticate', 'Basic realm="Parley"');
    response.status(401).json({ message: 'Admin key is required.' });
  };
