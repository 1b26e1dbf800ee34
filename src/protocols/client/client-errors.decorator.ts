import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';

/** What a route may answer beside its success: for each status the messages, in the order in which they are checked. */
export type ErrorTexts = Readonly<Record<number, readonly string[]>>;

/** Who has asked. */
export type Caller = 'user' | 'bot' | 'admin';

/** Of routes that people and bots share. */
export const NOT_RELATED = 'Chat is not related to current {caller}.';

const ERRORS = 'client:errors';

/** Names the errors of a route that are its own; `{caller}` in them is who has asked. Those of its guard are known without. */
export const ClientErrors = (errors: ErrorTexts) => SetMetadata(ERRORS, errors);

/** Documents a route's own errors together with those that it shares with others, which are checked first. */
export function documentErrors(route: object, shared: readonly ErrorTexts[], caller: Caller): MethodDecorator {
  const sources = [...shared, (Reflect.getMetadata(ERRORS, route) ?? {}) as ErrorTexts];
  const statuses = new Set(sources.flatMap((errors) => Object.keys(errors).map(Number)));
  return applyDecorators(
    ...[...statuses].map((status) =>
      documentStatus(
        status,
        sources.flatMap((errors) => errors[status] ?? []).map((text) => text.replace('{caller}', caller)),
      ),
    ),
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
