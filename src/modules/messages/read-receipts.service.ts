import { Injectable } from '@nestjs/common';
import { together } from '../../core/database/database.js';
import { type Actor, mayActAs, requireOperator } from '../auth/index.js';
import { ChatDirectory, ChatsService } from '../chats/index.js';
import { UsersService } from '../users/index.js';
import { ReadReceiptsRepository, type UnreadCount } from './read-receipts.repository.js';

/** What members have read, and what they have not. A member's own messages, and what was said before it came, count for nothing. */
@Injectable()
export class ReadReceiptsService {
  constructor(
    private readonly receipts: ReadReceiptsRepository,
    private readonly chats: ChatsService,
    private readonly directory: ChatDirectory,
    private readonly users: UsersService,
  ) {}

  /**
   * Notes that a member has read a chat. A receipt never goes back.
   *
   * @param until only what was said up to this time
   * @throws DomainError not_found `chat.not_found`, `user.not_found`; forbidden `chat.not_member`
   */
  async markRead(actor: Actor, chatId: string, userId: string, until?: Date): Promise<void> {
    const [{ chat }, seqUntil] = await together([
      this.directory.mustBeMember(actor, chatId, userId),
      until && this.receipts.lastSeqUntil(chatId, until),
    ]);
    const seq = seqUntil ?? chat.lastSeq;
    await this.chats.markRead([{ chatId, userId, seq, at: until?.getTime() ?? Date.now() }]);
  }

  /** Notes that a user has read its groups. @param chatIds undefined for all; those that it is not in are left out */
  async markAllRead(actor: Actor, userId: string, chatIds?: readonly string[]): Promise<void> {
    if (!mayActAs(actor, userId)) requireOperator(actor);
    const at = Date.now();
    const [, heads] = await together([this.users.get(userId), this.receipts.headsOf(userId, chatIds)]);
    await this.chats.markRead(heads.map(({ chatId, lastSeq }) => ({ chatId, userId, seq: lastSeq, at })));
  }

  /** How much these users have not read in these chats; pairs that are no memberships are left out. */
  unread(pairs: readonly { chatId: string; userId: string }[]): Promise<UnreadCount[]> {
    return pairs.length === 0 ? Promise.resolve([]) : this.receipts.unread(pairs);
  }

  /** How much each of these members has not read in one chat; 0 for strangers. @throws DomainError not_found `chat.not_found` */
  async unreadOf(chatId: string, userIds: readonly string[]): Promise<Map<string, number>> {
    const pairs = userIds.map((userId) => ({ chatId, userId }));
    const [, counts] = await together([this.chats.get(chatId), this.unread(pairs)]);
    const found = new Map(counts.map(({ userId, unread }) => [userId, unread]));
    return new Map(userIds.map((userId) => [userId, found.get(userId) ?? 0]));
  }

  /**
   * How much a user has not read in all the groups that it has joined.
   *
   * @param customTypes only groups with one of these
   * @throws DomainError not_found `user.not_found`
   */
  async unreadInAll(userId: string, customTypes?: readonly string[]): Promise<number> {
    const [, count] = await together([this.users.get(userId), this.receipts.unreadInAll(userId, customTypes)]);
    return count;
  }
}
