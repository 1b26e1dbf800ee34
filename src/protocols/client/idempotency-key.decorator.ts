import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import { HttpInputError } from '../../core/http/http-input.error.js';
import type { ClientRequest } from './client-request.js';

const HEADER = 'Idempotency-Key';
const ACCEPTABLE_KEY = /^[\x21-\x7e]{1,255}$/;

/** Injects the idempotency key of the request, if any. */
export const IdempotencyKey = createParamDecorator((_: unknown, context: ExecutionContext) =>
  readIdempotencyKey(context.switchToHttp().getRequest<ClientRequest>()),
);

/** Documents that a route takes an idempotency key. */
export const ApiIdempotencyKey = () =>
  ApiHeader({
    name: HEADER,
    required: false,
    description: 'Identifies this message: a repeated request with the same key sends no second message.',
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
