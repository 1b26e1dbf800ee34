import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Response } from 'express';

/** A signal that is aborted when the caller hangs up before it has its answer. */
export const HungUp = createParamDecorator((_: unknown, context: ExecutionContext): AbortSignal => {
  const hangUp = new AbortController();
  context
    .switchToHttp()
    .getResponse<Response>()
    .on('close', () => hangUp.abort());
  return hangUp.signal;
});
