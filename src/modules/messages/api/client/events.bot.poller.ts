import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import type { ClientRequest } from '../../../../protocols/client/client-request.js';
import { BotsService } from '../../../bots/index.js';
import { ChatsService, type Membership } from '../../../chats/index.js';
import { skipReason } from '../../../deliveries/index.js';
import { UsersService } from '../../../users/index.js';
import { ChatFeed, type FeedEntry } from '../../feed/chat-feed.js';
import { type FeedCursor, writeCursor } from '../../feed/feed-cursor.js';
import type { ClientEventPageDto, ClientPollEventsDto } from './events.client.dto.js';
import { type EntryFilter, EventsClientStreamer } from './events.client.streamer.js';

/** Returns the events of a bot's chats, as a stream or as one page. */
@Injectable()
export class EventsBotPoller {
  constructor(
    private readonly streamer: EventsClientStreamer,
    private readonly feed: ChatFeed,
    private readonly bots: BotsService,
    private readonly users: UsersService,
    private readonly chats: ChatsService,
  ) {}

  async respond(request: ClientRequest, response: Response, query: ClientPollEventsDto): Promise<void> {
    const botId = request.actor!.id;
    const filter = this.filterOf(botId);
    if (request.headers.accept?.includes('text/event-stream')) {
      return this.streamer.stream(request, response, query.after, filter);
    }
    const closed = new AbortController();
    response.on('close', () => closed.abort());
    const signal = AbortSignal.any([closed.signal, AbortSignal.timeout(query.wait * 1000)]);
    const page = await this.poll(botId, query, filter, signal);
    if (!closed.signal.aborted) response.json(page);
  }

  private async poll(
    botId: string,
    { after, limit, wait }: ClientPollEventsDto,
    filter: EntryFilter,
    signal: AbortSignal,
  ): Promise<ClientEventPageDto> {
    let cursor: FeedCursor = await this.streamer.resolveCursor(after);
    const page = await this.feed.read(botId, cursor, limit);
    cursor = page.cursor;
    const events = await this.streamer.toEvents(page.entries, filter);
    if (events.length > 0 || page.isFull || wait === 0) return { events, cursor: writeCursor(cursor) };
    for await (const batch of this.feed.follow(botId, cursor, wait * 1000, signal)) {
      cursor = batch.cursor;
      const later = await this.streamer.toEvents(batch.entries, filter);
      if (later.length > 0)
        return { events: later.slice(0, limit), cursor: later[limit - 1]?.id ?? writeCursor(cursor) };
    }
    return { events: [], cursor: writeCursor(cursor) };
  }

  /** Filters new messages by the rules of the webhook: for example, none of the bot's own and none of other bots. */
  private filterOf(botId: string): EntryFilter {
    return async (entries) => {
      const created = entries.filter(({ type }) => type === 'message.created');
      if (created.length === 0) return entries;
      const chatIds = [...new Set(created.map(({ chatId }) => chatId))];
      const [profile, senders, memberships] = await Promise.all([
        this.bots.find(botId),
        this.users.findMany(created.flatMap(({ actorId }) => actorId ?? [])),
        this.chats.memberships(chatIds.map((chatId) => ({ chatId, userId: botId }))),
      ]);
      if (!profile) return [];
      const membershipIn = new Map(memberships.map((membership) => [membership.chatId, membership]));
      const isForBot = ({ chatId, seq, message, actorId }: FeedEntry) =>
        skipReason(
          { seq, message: message! },
          {
            bot: profile.bot,
            isMember: isMemberAt(membershipIn.get(chatId), seq),
            sender: actorId === null ? undefined : senders.get(actorId),
          },
        ) === undefined;
      return entries.filter((entry) => entry.type !== 'message.created' || isForBot(entry));
    };
  }
}

const isMemberAt = (membership: Membership | undefined, seq: number): boolean =>
  membership?.state === 'joined' && seq >= membership.joinedSeq;
