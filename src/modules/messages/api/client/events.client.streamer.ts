import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import type { ClientRequest } from '../../../../protocols/client/client-request.js';
import type { EventStream, StreamEvent } from '../../../../protocols/client/event-stream.js';
import { EventStreams } from '../../../../protocols/client/event-streams.js';
import { ChatFeed, type FeedBatch, type FeedEntry } from '../../feed/chat-feed.js';
import { type FeedCursor, readCursor, writeCursor } from '../../feed/feed-cursor.js';
import type { FeedSignal } from '../../feed/feed-watcher.js';
import { MessagesService } from '../../messages.service.js';
import type { ClientEventDto } from './events.client.dto.js';
import { type FilesById, toClientMessage } from './messages.client.mapper.js';

/** Interval without events after which a comment is sent. */
const HEARTBEAT_MS = 15_000;
/** Clients reconnect by themselves. That renews their session and may move them to another process. */
const MAX_STREAM_MS = 60 * 60 * 1000;

/** Selects the entries that concern the subscriber. */
export type EntryFilter = (entries: FeedEntry[]) => FeedEntry[] | Promise<FeedEntry[]>;

const ALL: EntryFilter = (entries) => entries;

/** Streams the feed of a user. */
@Injectable()
export class EventsClientStreamer {
  constructor(
    private readonly streams: EventStreams,
    private readonly feed: ChatFeed,
    private readonly messages: MessagesService,
  ) {}

  /** Streams until either side closes the connection, or the caller's permission ends. */
  async stream(request: ClientRequest, response: Response, after?: string, filter: EntryFilter = ALL): Promise<void> {
    const userId = request.actor!.id;
    const begin = await this.resolveCursor(request.headers['last-event-id'] ?? after);
    const stream = await this.streams.add(request, response);
    const endsAt = Date.now() + MAX_STREAM_MS;
    try {
      stream.open();
      if (request.method === 'HEAD') return; // a HEAD response has no body to stream
      await stream.send([{ id: writeCursor(begin), event: 'ready', data: { type: 'ready' } }]);
      for await (const batch of this.feed.follow(userId, begin, HEARTBEAT_MS, stream.signal)) {
        if (Date.now() > endsAt || !(await request.isStillAuthorized?.())) break;
        await this.send(stream, batch, filter);
      }
    } finally {
      stream.close();
    }
  }

  /** @returns the position after the last received event, or the current one @throws DomainError invalid `cursor.invalid` */
  async resolveCursor(after: string | string[] | undefined): Promise<FeedCursor> {
    return after === undefined || after === '' ? this.feed.now() : readCursor(String(after));
  }

  async toEvents(entries: FeedEntry[], filter: EntryFilter): Promise<ClientEventDto[]> {
    const chosen = await filter(entries);
    const files = await this.messages.loadAttachments(chosen.flatMap(({ message }) => message ?? []));
    return chosen.map((entry) => toClientEvent(entry, files));
  }

  private async send(stream: EventStream, { entries, signals }: FeedBatch, filter: EntryFilter): Promise<void> {
    const events = await this.toEvents(entries, filter);
    await stream.send([...events.map(toStreamEvent), ...signals.map(toStreamSignal)]);
    if (entries.length + signals.length === 0) await stream.sendHeartbeat();
  }
}

const toClientEvent = (entry: FeedEntry, files: FilesById): ClientEventDto => ({
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

const toStreamEvent = (event: ClientEventDto): StreamEvent => ({ id: event.id, event: event.type, data: event });

/** Events that are not stored have no id: a client resumes after the last stored event. */
function toStreamSignal({ type, ...data }: FeedSignal): StreamEvent {
  return { event: type, data: { type, ...data } };
}
