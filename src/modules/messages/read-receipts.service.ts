import { Injectable } from '@nestjs/common';
import { Database, settleAll } from '../../core/database/database.js';
import { DeleteWith } from '../../core/deletion/deletion-step.decorator.js';
import { type DeletionTask, DeletionTasks } from '../../core/deletion/deletion-tasks.js';
import { type Actor, canActAs, requireService } from '../auth/index.js';
import { ChatQueries, ChatsService } from '../chats/index.js';
import { UsersService } from '../users/index.js';
import { ReadReceiptsRepository, type UnreadCount } from './read-receipts.repository.js';

/** Maximum groups marked in the request. */
const MAX_GROUPS = 2000;

/** Read positions and unread counts of members. A member's own messages, and those before it joined, do not count as unread. */
@Injectable()
export class ReadReceiptsService {
  constructor(
    private readonly receipts: ReadReceiptsRepository,
    private readonly chats: ChatsService,
    private readonly chatQueries: ChatQueries,
    private readonly users: UsersService,
    private readonly tasks: DeletionTasks,
    private readonly database: Database,
  ) {}

  /**
   * Marks a chat as read by a member. A read position never moves back.
   *
   * @param until only messages up to this time
   * @throws DomainError not_found `chat.not_found`, `user.not_found`; forbidden `chat.not_member`
   */
  async markRead(actor: Actor, chatId: string, userId: string, until?: Date): Promise<void> {
    const [{ chat }, seqUntil] = await settleAll([
      this.chatQueries.requireMember(actor, chatId, userId),
      until && this.receipts.findLastSeq(chatId, until),
    ]);
    const seq = seqUntil ?? chat.lastSeq;
    await this.chats.markRead([{ chatId, userId, seq, at: until?.getTime() ?? Date.now() }]);
  }

  /**
   * Marks the groups of a user as read: up to 2,000 in the request, the others of a bot by a task.
   *
   * @param chatIds undefined for all; groups without the user are ignored
   */
  async markAllRead(actor: Actor, userId: string, chatIds?: readonly string[]): Promise<void> {
    if (!canActAs(actor, userId)) requireService(actor);
    const at = Date.now();
    const [, heads] = await settleAll([
      this.users.get(userId),
      this.receipts.findGroupHeads(userId, chatIds, MAX_GROUPS),
    ]);
    await this.database.transaction(async () => {
      await this.chats.markRead(heads.map(({ chatId, lastSeq }) => ({ chatId, userId, seq: lastSeq, at })));
      if (heads.length < MAX_GROUPS) return;
      await this.tasks.add('read-positions', [{ id: userId, until: at, details: { after: heads.at(-1)!.chatId } }]);
    });
  }

  @DeleteWith('read-positions')
  async processReadPositionTasks(tasks: readonly DeletionTask[], limit: number): Promise<number> {
    let total = 0;
    for (const task of tasks) {
      const { subjectId: userId, until: at, details } = task;
      const heads = await this.receipts.findGroupHeadsAt(userId, new Date(at), details.after!, limit);
      const after = heads.at(-1)?.chatId;
      if (after === undefined) continue;
      await this.chats.markRead(heads.map(({ chatId, lastSeq }) => ({ chatId, userId, seq: lastSeq, at })));
      // A crash before this line repeats a batch, which changes nothing more.
      await this.tasks.saveDetails(task, { after });
      details.after = after;
      total += heads.length;
    }
    return total;
  }

  /** Unread counts of these users in these chats; pairs without a membership are omitted. */
  countUnread(pairs: readonly { chatId: string; userId: string }[]): Promise<UnreadCount[]> {
    return pairs.length === 0 ? Promise.resolve([]) : this.receipts.countUnread(pairs);
  }

  /** Unread counts of these users in one chat; 0 for users who are not members. @throws DomainError not_found `chat.not_found` */
  async countUnreadByUser(chatId: string, userIds: readonly string[]): Promise<Map<string, number>> {
    const pairs = userIds.map((userId) => ({ chatId, userId }));
    const [, counts] = await settleAll([this.chats.get(chatId), this.countUnread(pairs)]);
    const found = new Map(counts.map(({ userId, unread }) => [userId, unread]));
    return new Map(userIds.map((userId) => [userId, found.get(userId) ?? 0]));
  }

  /**
   * The number of unread messages of a user in all groups that it has joined.
   *
   * @param customTypes only groups with one of these types
   * @throws DomainError not_found `user.not_found`
   */
  async countUnreadInGroups(userId: string, customTypes?: readonly string[]): Promise<number> {
    const [, count] = await settleAll([this.users.get(userId), this.receipts.countUnreadInGroups(userId, customTypes)]);
    return count;
  }
}
