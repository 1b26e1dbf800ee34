import type { CallbackEvent } from '../../callback-event.js';
import { toClientMessage } from './messages.client.mapper.js';

/** The body of a webhook: the same response that the sender of the message received. */
export function renderClientCallback({ message, attachments }: CallbackEvent): string {
  return JSON.stringify(toClientMessage(message, new Map(attachments.map((file) => [file.id, file]))));
}
