import { Injectable } from '@nestjs/common';
import { newId } from '../../core/crypto/ids.js';
import { TransactionConflictError, settleAll } from '../../core/database/database.js';
import { givenColumns } from '../../core/database/entity-columns.js';
import { type DeletionTask, DeletionTasks } from '../../core/deletion/deletion-tasks.js';
import { DomainEvents } from '../../core/events/domain-events.js';
import type { Actor } from '../auth/index.js';
import { userNotFound } from '../users/index.js';
import { ChatLog, logActorId, newChatLogHead } from './chat-log.js';
import { ChatEntity } from './chat.entity.js';
import { chatExists, distinctAndSuper, privateWithCode, unknownMember } from './chat.errors.js';
import { ChatImageChanged, GroupCreated } from './chat.events.js';
import { ChatsRepository, isChatTaken, isDistinctTaken } from './chats.repository.js';
import {
  type Invite,
  type Invitees,
  InviteesLoader,
  requireGroupCapacity,
  requireMemberCapacity,
  initialStateOf,
} from './invitees.js';
import { type MemberAddition, MemberWriter } from './member-writer.js';
import { distinctKeyOf, newChat } from './new-chat.js';

/** The columns of a group that its creator sets. */
type GroupFields = Pick<
  ChatEntity,
  'coverUrl' | 'customType' | 'data' | 'metadata' | 'isDistinct' | 'isPublic' | 'isSuper' | 'isEphemeral' | 'accessCode'
>;

/** Creates a group or a channel with its initial members. */
export interface CreateGroup extends Invite, Partial<GroupFields> {
  /** Generated if absent. */
  id?: string;
  /** A channel is super. A group if absent. */
  kind?: 'group' | 'channel';
  title: string;
  operatorIds?: readonly string[];
  /** Reject unknown members instead of ignoring them. */
  strict?: boolean;
}

/** The end of the log of a deleted chat. */
type Deleted = Pick<DeletionTask, 'until' | 'details'>;

/** Creates groups and channels with their initial members. */
@Injectable()
export class GroupFactory {
  constructor(
    private readonly chats: ChatsRepository,
    private readonly writer: MemberWriter,
    private readonly invitees: InviteesLoader,
    private readonly chatLog: ChatLog,
    private readonly tasks: DeletionTasks,
    private readonly events: DomainEvents,
  ) {}

  /** In the open transaction. @returns the new group, or the existing distinct one @throws as `GroupsService.create` */
  async create(actor: Actor, command: CreateGroup): Promise<ChatEntity> {
    checkProperties(command);
    const ownerId = logActorId(actor);
    const wanted = [...new Set(command.userIds)];
    const { inviterId, isDistinct = false, customType = '' } = command;
    // Correct unless some of the users do not exist and are ignored.
    const wantedKey = isDistinct ? distinctKeyOf(wanted, customType) : null;
    const [now, invitees, found, deleted] = await settleAll([
      this.chatLog.now(),
      this.invitees.load(wanted, inviterId === undefined ? [] : [inviterId]),
      wantedKey === null ? undefined : this.chats.findDistinct(wantedKey),
      command.id === undefined ? undefined : this.tasks.findNewest('chat', command.id),
    ]);
    if (inviterId !== undefined && !invitees.users.has(inviterId)) throw userNotFound(inviterId);
    const additions = toAdditions(command, wanted, invitees, ownerId);
    const memberIds = additions.map(({ userId }) => userId);
    const distinctKey = isDistinct ? distinctKeyOf(memberIds, customType) : null;
    const existing =
      distinctKey === null || distinctKey === wantedKey ? found : await this.chats.findDistinct(distinctKey);
    if (existing) return existing;
    for (const userId of memberIds) requireGroupCapacity(userId, invitees);
    const chat = toChat({ ...command, distinctKey, createdById: ownerId ?? inviterId ?? null }, new Date(now));
    requireMemberCapacity(chat, invitees, memberIds.length);
    await this.write(actor, chat, additions, command, deleted);
    return chat;
  }

  private async write(
    actor: Actor,
    chat: ChatEntity,
    additions: readonly MemberAddition[],
    { id, hiddenStates }: CreateGroup,
    deleted: Deleted | undefined,
  ): Promise<void> {
    if (deleted) startAfter(chat, deleted);
    const inserted = this.chats.insert(chat).catch((error: unknown) => {
      if (!isChatTaken(error)) throw error;
      throw isDistinctTaken(error)
        ? new TransactionConflictError('Another group of these members was created.')
        : chatExists(chat.id);
    });
    const head = newChatLogHead(chat);
    const group = { head, additions, hiddenStates, keepsDistinct: true };
    const added = this.writer.addMembers([group], logActorId(actor));
    await settleAll([
      inserted,
      id === undefined ? undefined : this.checkDeletions(id, deleted),
      added,
      head.lastSeq > 0 ? this.chatLog.advance([head]) : undefined,
      chat.coverUrl === '' ? undefined : this.events.publish(new ChatImageChanged(chat.id, chat.coverUrl)),
      this.events.publish(new GroupCreated(chat.id, actor)),
    ]);
  }

  /**
   * @param known the newest deletion of a chat with this id before the insert of the new one
   * @throws TransactionConflictError if the insert waited for another deletion
   */
  private async checkDeletions(id: string, known: Deleted | undefined): Promise<void> {
    const newest = await this.tasks.findNewest('chat', id);
    if (newest?.until !== known?.until) throw new TransactionConflictError('A chat with this id was deleted.');
  }
}

/** Starts the log of a new chat after that of a deleted chat with the same id, whose rows may still exist. */
function startAfter(chat: ChatEntity, { until, details }: Deleted): void {
  chat.lastSeq = chat.startSeq = chat.dispatchedSeq = until;
  chat.lastAt = new Date(Math.max(chat.lastAt.getTime(), Date.parse(details.lastAt ?? '') || 0));
}

/** @throws DomainError `chat.distinct_and_super`, `chat.private_with_code` */
export function checkProperties({
  isDistinct,
  isSuper,
  accessCode,
  isPublic,
}: Pick<CreateGroup, 'isDistinct' | 'isSuper' | 'accessCode' | 'isPublic'>): void {
  if (isDistinct && isSuper) throw distinctAndSuper();
  if (accessCode && !isPublic) throw privateWithCode();
}

const toChat = ({ kind = 'group', ...fields }: CreateGroup & Partial<ChatEntity>, now: Date): ChatEntity =>
  newChat(
    {
      ...givenColumns(ChatEntity, fields),
      id: fields.id ?? newId(),
      kind,
      isSuper: kind === 'channel' || fields.isSuper === true,
    },
    now,
  );

/** Additions of people are silent; bots receive their log entries, and the owner's. @throws DomainError `chat.unknown_member` if strict */
function toAdditions(
  { operatorIds, inviterId, memberStates, strict }: CreateGroup,
  wanted: readonly string[],
  invitees: Invitees,
  ownerId: string | null,
): MemberAddition[] {
  const unknown = wanted.find((id) => !invitees.users.has(id));
  if (strict && unknown !== undefined) throw unknownMember(unknown);
  const users = wanted.flatMap((id) => invitees.users.get(id) ?? []);
  return users.map((user) => ({
    userId: user.id,
    state: user.id === ownerId ? 'joined' : initialStateOf(user, invitees, memberStates),
    inviterId: inviterId ?? null,
    role: operatorIds?.includes(user.id) ? ('operator' as const) : ('none' as const),
    isSilent: user.kind === 'person' && user.id !== ownerId,
    isInitial: true,
  }));
}
