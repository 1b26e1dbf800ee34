import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import type { ClientErrorDto } from './client-responses.dto.js';
import { codeOfText } from './client-error.texts.js';

/** A message, preceded by its code unless it is a message of the contract or concerns a field. */
export type ErrorText = string | readonly [code: string, message: string];

/** Error responses of a route: messages by status, in the order of the checks. */
export type ErrorTexts = Readonly<Record<number, readonly ErrorText[]>>;

/** The kind of caller. */
export type Caller = 'user' | 'bot' | 'admin';

/** Error of routes that users and bots share. */
export const NOT_RELATED: ErrorText = ['chat.not_member', 'Chat is not related to current {caller}.'];

const ERRORS = 'client:errors';

/** Declares the errors of a route besides those of its guard. `{caller}` is replaced by the kind of caller. */
export const ClientErrors = (errors: ErrorTexts) => SetMetadata(ERRORS, errors);

/** Documents the errors of a route together with the shared ones, which are checked first. */
export function documentErrors(route: object, shared: readonly ErrorTexts[], caller: Caller): MethodDecorator {
  const sources = [...shared, (Reflect.getMetadata(ERRORS, route) ?? {}) as ErrorTexts];
  const statuses = new Set(sources.flatMap((errors) => Object.keys(errors).map(Number)));
  return applyDecorators(
    ...[...statuses].map((status) =>
      documentStatus(
        status,
        sources.flatMap((errors) => errors[status] ?? []).map((text) => exampleOf(text, status, caller)),
      ),
    ),
  );
}

function exampleOf(text: ErrorText, status: number, caller: Caller): ClientErrorDto {
  const [code, message] = typeof text === 'string' ? [codeOfText(text, status), text] : text;
  return { message: message.replace('{caller}', caller), code };
}

const documentStatus = (status: number, errors: readonly ClientErrorDto[]) =>
  ApiResponse({
    status,
    description: errors.map(({ message }) => message).join('<br>'),
    content: {
      'application/json': {
        schema: { $ref: '#/components/schemas/ClientErrorDto' },
        examples: Object.fromEntries(errors.map((value) => [value.message, { value }])),
      },
    },
  });
