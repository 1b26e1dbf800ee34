import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import { HttpInputError } from '../../core/http/http-input.error.js';
import type { ClientRequest } from './client-request.js';

const HEADER = 'Idempotency-Key';
const ACCEPTABLE_KEY = /^[\x21-\x7e]{1,255}$/;

/** Hands a method the caller's own name for what it asks, if it has one: the same name never has it done twice. */
export const IdempotencyKey = createParamDecorator((_: unknown, context: ExecutionContext) =>
  readIdempotencyKey(context.switchToHttp().getRequest<ClientRequest>()),
);

/** Documents that a route takes an idempotency key. */
export const ApiIdempotencyKey = () =>
  ApiHeader({
    name: HEADER,
    required: false,
    description: 'Your own name for this message: sent again with the same name, it is not said again.',
    schema: { type: 'string', minLength: 1, maxLength: 255 },
  });

/** @throws HttpInputError 400 `invalid_idempotency_key` */
export function readIdempotencyKey({ headers }: Pick<ClientRequest, 'headers'>): string | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || !ACCEPTABLE_KEY.test(key)) {
    throw new HttpInputError(400, 'invalid_idempotency_key', `${HEADER} must be 1 to 255 visible ASCII characters.`);
  }
  return key;
}
