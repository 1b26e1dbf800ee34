import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Actor } from '../../modules/auth/index.js';
import type { ClientRequest } from './client-request.js';

/** Injects the actor that the guard has identified. */
export const CurrentActor = createParamDecorator((_: unknown, context: ExecutionContext): Actor => {
  const { actor } = context.switchToHttp().getRequest<ClientRequest>();
  if (!actor) throw new Error('A public route has no actor.');
  return actor;
});
