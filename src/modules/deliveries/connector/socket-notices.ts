import { Injectable } from '@nestjs/common';
import { currentRequestId } from '../../../core/context/request-context.js';
import { Database, together } from '../../../core/database/database.js';
import { OnDomainEvent } from '../../../core/events/on-domain-event.decorator.js';
import { ChatsRemoved, MembersJoined } from '../../chats/index.js';
import { HistoryCleared, MessageHidden } from '../../messages/index.js';
import { SocketLink } from './socket-link.js';
import { sessionOf } from './session-of-request.js';
import { type NewNotice, type SocketNotice, SocketNoticesRepository } from './socket-notices.repository.js';
import { SocketPresence } from './socket-presence.js';

/** Those who open a chat of two are in it from its beginning, both. */
const PAIR = 2;

/**
 * Sees to it that the sockets of bots are told what stands in no log: that a chat of two was opened or any chat is gone, and what a
 * bot has hidden from itself.
 *
 *   the change ─► a row for each session that is open ─► COMMIT ─► hint ─► its process reads the rows, tells, and removes them
 *                                                            (hint lost, or the database away: at the next beat of that process)
 *
 * What was told and could not be removed is remembered until it can be, so that nothing is told twice.
 */
@Injectable()
export class SocketNotices {
  private readonly told = new Set<number>();

  constructor(
    private readonly notices: SocketNoticesRepository,
    private readonly link: SocketLink,
    private readonly presence: SocketPresence,
    private readonly database: Database,
  ) {}

  /** Calls `look` every few seconds, since hints may be lost. */
  whenOverdue(look: () => void): void {
    this.presence.whenBeating(look);
  }

  /** What the sessions of this process were not told yet, in order. */
  async waiting(): Promise<SocketNotice[]> {
    const notices = await this.notices.waiting(this.presence.processId);
    return notices.filter(({ id }) => !this.told.has(id));
  }

  /** These need not be told any more, and if they cannot be removed just now. */
  async remove(ids: readonly number[]): Promise<void> {
    for (const id of ids) this.told.add(id);
    if (this.told.size === 0) return;
    const removed = [...this.told];
    await this.notices.remove(removed);
    for (const id of removed) this.told.delete(id);
  }

  @OnDomainEvent(MembersJoined, 'in-transaction')
  async noteOpened({ chatId, userIds, lastSeq }: MembersJoined): Promise<void> {
    if (lastSeq === 0 && userIds.length === PAIR) await this.note('opened', chatId, userIds);
  }

  @OnDomainEvent(ChatsRemoved, 'in-transaction')
  async noteRemoved({ chats }: ChatsRemoved): Promise<void> {
    await together(chats.map(({ chatId, memberIds }) => this.note('removed', chatId, memberIds)));
  }

  @OnDomainEvent(MessageHidden, 'in-transaction')
  async noteHidden({ userId, chatId, messageId }: MessageHidden): Promise<void> {
    await this.note('hidden', chatId, [userId], messageId);
  }

  @OnDomainEvent(HistoryCleared, 'in-transaction')
  async noteCleared({ userId, chatId }: HistoryCleared): Promise<void> {
    await this.note('cleared', chatId, [userId]);
  }

  private async note(
    kind: NewNotice['kind'],
    chatId: string,
    botIds: readonly string[],
    messageId = '',
  ): Promise<void> {
    if (botIds.length === 0) return;
    const exceptSession = sessionOf(currentRequestId() ?? '');
    const concerned = await this.notices.note({ kind, chatId, messageId, botIds, exceptSession });
    if (concerned.length > 0) this.database.afterCommit(() => concerned.forEach((botId) => this.link.ring(botId)));
  }
}
