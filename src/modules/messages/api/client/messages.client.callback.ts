import type { CallbackEvent } from '../../callback-event.js';
import { toClientMessage } from './messages.client.mapper.js';

/** The body of a webhook: the very answer that the sender of the message got. */
export function renderClientCallback({ message, attachments }: CallbackEvent): string {
  return JSON.stringify(toClientMessage(message, new Map(attachments.map((file) => [file.id, file]))));
}
