import type { StreamEvent } from '../../../../protocols/client/event-stream.js';
import type { FeedEntry } from '../../feed/chat-feed.js';
import { writeCursor } from '../../feed/feed-cursor.js';
import type { FeedSignal } from '../../feed/feed-watcher.js';
import type { ClientEventDto } from './events.client.dto.js';
import { type FilesById, toClientMessage } from './messages.client.mapper.js';

export const toClientEvent = (entry: FeedEntry, files: FilesById): ClientEventDto => ({
  id: writeCursor(entry),
  type: entry.type,
  chatId: entry.chatId,
  seq: entry.seq,
  timestamp: entry.at,
  actorId: entry.actorId ?? '',
  message: entry.message && toClientMessage(entry.message, files),
  messageId: entry.type === 'message.removed' ? (entry.subjectId ?? undefined) : undefined,
  userId: entry.type.startsWith('member.') ? (entry.subjectId ?? undefined) : undefined,
});

export const toStreamEvent = (event: ClientEventDto): StreamEvent => ({ id: event.id, event: event.type, data: event });

/** Events that are not stored have no id: a client resumes after the last stored event. */
export function toStreamSignal({ type, ...data }: FeedSignal): StreamEvent {
  return { event: type, data: { type, ...data } };
}
