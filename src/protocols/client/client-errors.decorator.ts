import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import type { ClientErrorDto } from './client-error.dto.js';
import { codeOfText } from './client-error.texts.js';

/** What is said, with its code before it, unless it is in the words of the contract or about a field. */
export type ErrorText = string | readonly [code: string, message: string];

/** What a route may answer beside its success: for each status the messages, in the order in which they are checked. */
export type ErrorTexts = Readonly<Record<number, readonly ErrorText[]>>;

/** Who has asked. */
export type Caller = 'user' | 'bot' | 'admin';

/** Of routes that people and bots share. */
export const NOT_RELATED: ErrorText = ['chat.not_member', 'Chat is not related to current {caller}.'];

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
