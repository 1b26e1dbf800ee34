import { Injectable } from '@nestjs/common';
import { Database, settleAll } from '../../core/database/database.js';
import { DeleteWith } from '../../core/deletion/deletion-step.decorator.js';
import { type DeletionTask, DeletionTasks } from '../../core/deletion/deletion-tasks.js';
import { DomainEvents } from '../../core/events/domain-events.js';
import { OnDomainEvent } from '../../core/events/on-domain-event.decorator.js';
import type { Actor } from '../auth/index.js';
import { UserDeleted } from '../users/index.js';
import { ChatDeletionsRepository, type ChatToRemove } from './chat-deletions.repository.js';
import { isGroup, roleOf } from './chat-roles.js';
import type { ChatEntity } from './chat.entity.js';
import { chatNotFound, noRight, notAGroup, notAMember } from './chat.errors.js';
import { ChatsRemoved, GroupDeleted } from './chat.events.js';
import { ChatsRepository } from './chats.repository.js';
import type { MemberEntity } from './member.entity.js';
import { MembersRepository } from './members.repository.js';

/** Maximum chats of a deleted user removed in one transaction. Members are notified of each. */
const MAX_CHATS = 500;

/**
 * Removes chats with their logs.
 *
 *   chat row and members: in the caller's transaction ─► readers stop seeing the chat
 *   task `chat`: messages, entries, runs, deliveries, in batches by a worker
 *
 * A personal chat is removed with either of its users. A user may have very many, so the deletion of a user only adds the task
 * `user`: readers skip the chats of deleted users (`isLiveChat`), and a worker removes the chats later.
 */
@Injectable()
export class ChatRemover {
  constructor(
    private readonly removals: ChatDeletionsRepository,
    private readonly chats: ChatsRepository,
    private readonly members: MembersRepository,
    private readonly tasks: DeletionTasks,
    private readonly events: DomainEvents,
    private readonly database: Database,
  ) {}

  /**
   * Removes a chat with its log. A service removes groups and channels, a user its personal and favorites chats and the groups and
   * channels that it owns.
   *
   * @throws DomainError not_found `chat.not_found`; forbidden `chat.not_member`, `chat.no_right`; invalid `chat.not_a_group`
   */
  async remove(actor: Actor, id: string): Promise<void> {
    await this.database.transaction(async () => {
      // Sent together, in this order: the chat and its members are read under the lock.
      const [locked, chat, members] = await settleAll([
        this.removals.lock([id]),
        this.chats.find(id),
        this.members.findByChats([id]),
      ]);
      if (!chat) throw chatNotFound(id);
      requireRemovable(
        actor,
        chat,
        members.find(({ userId }) => userId === actor.id),
      );
      await settleAll([
        this.removeLocked(locked, members),
        isGroup(chat) ? this.events.publish(new GroupDeleted(id, actor)) : undefined,
      ]);
    });
  }

  @OnDomainEvent(UserDeleted, 'in-transaction')
  async onUserDeleted({ userId, replacementId }: UserDeleted): Promise<void> {
    // After the deletion of the user's row, no chat with the user can be created.
    this.tasks.enqueueAfterCommit();
    const [until, favorites] = await settleAll([
      this.removals.addUserTask(userId),
      this.removals.lockFavorites(userId),
    ]);
    if (replacementId) await this.tasks.add('erasure', [{ id: userId, until, details: { erasedAs: replacementId } }]);
    await this.removeLocked(favorites);
  }

  @DeleteWith('user')
  removeChats(tasks: readonly DeletionTask[], limit: number): Promise<number> {
    const userIds = tasks.map(({ subjectId }) => subjectId);
    const untils = tasks.map(({ until }) => until);
    return this.database.transaction(async () =>
      this.removeLocked(await this.removals.lockByUsers(userIds, untils, Math.min(limit, MAX_CHATS))),
    );
  }

  @DeleteWith('chat')
  removeEvents(tasks: readonly DeletionTask[], limit: number): Promise<number> {
    return this.removals.deleteEvents(
      tasks.map(({ subjectId }) => subjectId),
      tasks.map(({ until }) => until),
      limit,
    );
  }

  /** @param known members that were read under the locks; loaded if absent */
  private async removeLocked(chats: readonly ChatToRemove[], known?: readonly MemberEntity[]): Promise<number> {
    if (chats.length === 0) return 0;
    const ids = chats.map(({ id }) => id);
    const members = known ?? (await this.members.findByChats(ids));
    const memberIds = new Map(ids.map((id) => [id, [] as string[]]));
    for (const { chatId, userId } of members) memberIds.get(chatId)?.push(userId);
    const removed = chats.map(({ id, lastSeq }) => ({ chatId: id, lastSeq, memberIds: memberIds.get(id) ?? [] }));
    // Sent together, in this order: the chats are deleted last.
    await settleAll([
      this.events.publish(new ChatsRemoved(removed)),
      this.tasks.add(
        'chat',
        chats.map(({ id, lastSeq, lastAt }) => ({ id, until: lastSeq, details: { lastAt: lastAt.toISOString() } })),
      ),
      this.removals.delete(ids),
    ]);
    return chats.length;
  }
}

function requireRemovable(actor: Actor, chat: ChatEntity, member: MemberEntity | undefined): void {
  if (actor.kind === 'service') {
    if (!isGroup(chat)) throw notAGroup(chat.id);
    return;
  }
  const isOwn = chat.kind === 'personal' && (chat.userId === actor.id || chat.botId === actor.id);
  if (isOwn) return;
  if (member?.state !== 'joined') throw notAMember(chat.id, actor.id);
  const role = roleOf(chat, member);
  if (role !== 'owner' && role !== 'favorites_owner') throw noRight(chat.id);
}
