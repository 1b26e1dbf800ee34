import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Response } from 'express';

/** An abort signal that fires when the client closes the connection before the response is complete. */
export const RequestAborted = createParamDecorator((_: unknown, context: ExecutionContext): AbortSignal => {
  const controller = new AbortController();
  context
    .switchToHttp()
    .getResponse<Response>()
    .on('close', () => controller.abort());
  return controller.signal;
});
