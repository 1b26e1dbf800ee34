import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import type { ClientRequest } from '../../../../protocols/client/client-request.js';
import type { EventStream } from '../../../../protocols/client/event-stream.js';
import { EventStreams } from '../../../../protocols/client/event-streams.js';
import { ChatFeed, type FeedBatch, type FeedEntry } from '../../feed/chat-feed.js';
import { type FeedCursor, readCursor, writeCursor } from '../../feed/feed-cursor.js';
import { MessagesService } from '../../messages.service.js';
import type { ClientEventDto } from './events.client.dto.js';
import { toClientEvent, toStreamEvent, toStreamSignal } from './events.client.mapper.js';

/** A comment goes out when nothing else has for so long. */
const HEARTBEAT_MS = 15_000;
/** Clients come back by themselves; then their session is renewed, and another process may take them. */
const MAX_STREAM_MS = 60 * 60 * 1000;

/** Which of the entries concern whoever listens. */
export type EntryFilter = (entries: FeedEntry[]) => FeedEntry[] | Promise<FeedEntry[]>;

const ALL: EntryFilter = (entries) => entries;

/** Puts the feed of a user on the line. */
@Injectable()
export class EventsClientStreamer {
  constructor(
    private readonly streams: EventStreams,
    private readonly feed: ChatFeed,
    private readonly messages: MessagesService,
  ) {}

  /** Streams until one of the two ends hangs up, or the caller would not be let in any more. */
  async stream(request: ClientRequest, response: Response, after?: string, filter: EntryFilter = ALL): Promise<void> {
    const userId = request.actor!.id;
    const begin = await this.begin(request.headers['last-event-id'] ?? after);
    const stream = await this.streams.add(request, response);
    const endsAt = Date.now() + MAX_STREAM_MS;
    try {
      stream.open();
      if (request.method === 'HEAD') return; // a head has an end
      await stream.send([{ id: writeCursor(begin), event: 'ready', data: { type: 'ready' } }]);
      for await (const batch of this.feed.follow(userId, begin, HEARTBEAT_MS, stream.signal)) {
        if (Date.now() > endsAt || !(await request.isStillAllowed?.())) break;
        await this.tell(stream, batch, filter);
      }
    } finally {
      stream.end();
    }
  }

  /** Where to begin: behind what the caller has seen, or now. @throws DomainError invalid `cursor.invalid` */
  async begin(after: string | string[] | undefined): Promise<FeedCursor> {
    return after === undefined || after === '' ? this.feed.now() : readCursor(String(after));
  }

  async toEvents(entries: FeedEntry[], filter: EntryFilter): Promise<ClientEventDto[]> {
    const chosen = await filter(entries);
    const files = await this.messages.attachments(chosen.flatMap(({ message }) => message ?? []));
    return chosen.map((entry) => toClientEvent(entry, files));
  }

  private async tell(stream: EventStream, { entries, signals }: FeedBatch, filter: EntryFilter): Promise<void> {
    const events = await this.toEvents(entries, filter);
    await stream.send([...events.map(toStreamEvent), ...signals.map(toStreamSignal)]);
    if (entries.length + signals.length === 0) await stream.beat();
  }
}
