import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';

/** What a route may answer beside its success: for each status the messages, in the order in which they are checked. */
export type ErrorTexts = Readonly<Record<number, readonly string[]>>;

const ERRORS = 'client:errors';

/** Names the errors of a route that are its own. Those of its guard are known without. */
export const ClientErrors = (errors: ErrorTexts) => SetMetadata(ERRORS, errors);

/** Documents a route's own errors together with those of `common`. */
export function documentErrors(route: object, common: ErrorTexts): MethodDecorator {
  const own = (Reflect.getMetadata(ERRORS, route) ?? {}) as ErrorTexts;
  const statuses = new Set([...Object.keys(common), ...Object.keys(own)].map(Number));
  return applyDecorators(
    ...[...statuses].map((status) => documentStatus(status, [...(common[status] ?? []), ...(own[status] ?? [])])),
  );
}

const documentStatus = (status: number, messages: readonly string[]) =>
  ApiResponse({
    status,
    description: messages.join('<br>'),
    content: {
      'application/json': {
        schema: { $ref: '#/components/schemas/ClientErrorDto' },
        examples: Object.fromEntries(messages.map((message) => [message, { value: { message } }])),
      },
    },
  });
