import { Injectable } from '@nestjs/common';
import { currentRequestId } from '../../core/context/request-context.js';
import { Database, settleAll } from '../../core/database/database.js';
import { OnDomainEvent } from '../../core/events/on-domain-event.decorator.js';
import { ChatsRemoved, MembersJoined } from '../chats/index.js';
import { HistoryCleared, MessageHidden } from '../messages/index.js';
import { SocketRelay } from './socket-relay.js';
import { sessionIdOf, SocketRegistry } from './socket-registry.js';
import { type NewNotice, type SocketNotice, SocketNoticesRepository } from './socket-notices.repository.js';

/** Both members join a personal chat when it is opened. */
const PERSONAL_CHAT_SIZE = 2;

/**
 * Notifies bot sockets of changes that no chat log contains: opened personal chats, removed chats, and messages or histories that a
 * bot removed for itself.
 *
 *   change ─► one row per active session ─► COMMIT ─► notification ─► its process reads the rows, sends and deletes them
 *                                                        (notification lost, or database down: at the next heartbeat of that process)
 *
 * Ids of sent notices that could not be deleted are kept in memory, so that no notice is sent twice.
 */
@Injectable()
export class SocketNotices {
  private readonly sentIds = new Set<number>();

  constructor(
    private readonly notices: SocketNoticesRepository,
    private readonly relay: SocketRelay,
    private readonly registry: SocketRegistry,
    private readonly database: Database,
  ) {}

  /** Calls `listener` every few seconds, since notifications may be lost. */
  onCheckDue(listener: () => void): void {
    this.registry.onHeartbeat(listener);
  }

  /** Unsent notices for the sessions of this process, in order. */
  async listPending(): Promise<SocketNotice[]> {
    const notices = await this.notices.listPending(this.registry.processId);
    return notices.filter(({ id }) => !this.sentIds.has(id));
  }

  /** Marks notices as sent and deletes them. A failed deletion is retried with the next one. */
  async remove(ids: readonly number[]): Promise<void> {
    for (const id of ids) this.sentIds.add(id);
    if (this.sentIds.size === 0) return;
    const deleted = [...this.sentIds];
    await this.notices.delete(deleted);
    for (const id of deleted) this.sentIds.delete(id);
  }

  @OnDomainEvent(MembersJoined, 'in-transaction')
  async recordOpened({ chatId, userIds, lastSeq }: MembersJoined): Promise<void> {
    if (lastSeq === 0 && userIds.length === PERSONAL_CHAT_SIZE) await this.create('opened', chatId, userIds);
  }

  @OnDomainEvent(ChatsRemoved, 'in-transaction')
  async recordRemoved({ chats }: ChatsRemoved): Promise<void> {
    await settleAll(chats.map(({ chatId, memberIds }) => this.create('removed', chatId, memberIds)));
  }

  @OnDomainEvent(MessageHidden, 'in-transaction')
  async recordHidden({ userId, chatId, messageId }: MessageHidden): Promise<void> {
    await this.create('hidden', chatId, [userId], messageId);
  }

  @OnDomainEvent(HistoryCleared, 'in-transaction')
  async recordCleared({ userId, chatId }: HistoryCleared): Promise<void> {
    await this.create('cleared', chatId, [userId]);
  }

  private async create(
    kind: NewNotice['kind'],
    chatId: string,
    botIds: readonly string[],
    messageId = '',
  ): Promise<void> {
    if (botIds.length === 0) return;
    const exceptSession = sessionIdOf(currentRequestId() ?? '');
    const recipients = await this.notices.create({ kind, chatId, messageId, botIds, exceptSession });
    if (recipients.length > 0)
      this.database.afterCommit(() => recipients.forEach((botId) => this.relay.notifyOfNotices(botId)));
  }
}
