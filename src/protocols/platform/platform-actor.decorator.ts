import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import type { Actor } from '../../modules/auth/index.js';

/** A request that has passed the guard. */
export interface PlatformRequest extends Request {
  actor: Actor;
}

/** Injects the actor that the guard has identified. */
export const PlatformActor = createParamDecorator(
  (_: unknown, context: ExecutionContext): Actor => context.switchToHttp().getRequest<PlatformRequest>().actor,
);
