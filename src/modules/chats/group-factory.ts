import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { newId } from '../../core/crypto/ids.js';
import { TransactionConflictError, settleAll } from '../../core/database/database.js';
import { type DeletionTask, DeletionTasks } from '../../core/deletion/deletion-tasks.js';
import { userNotFound } from '../users/index.js';
import { ChatLog, newChatLogHead } from './chat-log.js';
import type { ChatEntity } from './chat.entity.js';
import { chatExists, distinctAndSuper, privateWithCode, unknownMember } from './chat.errors.js';
import { ChatsRepository, isChatTaken, isDistinctTaken } from './chats.repository.js';
import { type Invite, type Invitees, InviteesLoader, requireGroupCapacity, initialStateOf } from './invitees.js';
import { type MemberAddition, MemberWriter } from './member-writer.js';
import { MembersRepository } from './members.repository.js';
import { newChat } from './new-chat.js';

/** Creates a group with its initial members. */
export interface CreateGroup extends Invite {
  /** Generated if absent. */
  id?: string;
  title: string;
  coverUrl?: string;
  customType?: string;
  data?: string;
  metadata?: Record<string, string>;
  isDistinct?: boolean;
  isPublic?: boolean;
  isSuper?: boolean;
  isEphemeral?: boolean;
  accessCode?: string;
  operatorIds?: readonly string[];
  /** Reject unknown members instead of ignoring them. */
  strict?: boolean;
}

/** The end of the log of a deleted chat. */
type Deleted = Pick<DeletionTask, 'until' | 'details'>;

/** Creates groups with their initial members. */
@Injectable()
export class GroupFactory {
  constructor(
    private readonly chats: ChatsRepository,
    private readonly members: MembersRepository,
    private readonly writer: MemberWriter,
    private readonly invitees: InviteesLoader,
    private readonly chatLog: ChatLog,
    private readonly tasks: DeletionTasks,
  ) {}

  /** In the open transaction. @returns the new group, or the existing distinct one @throws as `GroupsService.create` */
  async create(command: CreateGroup): Promise<ChatEntity> {
    checkProperties(command);
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
    const additions = toAdditions(command, wanted, invitees);
    const memberIds = additions.map(({ userId }) => userId);
    const distinctKey = isDistinct ? distinctKeyOf(memberIds, customType) : null;
    const existing =
      distinctKey === null || distinctKey === wantedKey ? found : await this.chats.findDistinct(distinctKey);
    if (existing) return existing;
    for (const userId of memberIds) requireGroupCapacity(userId, invitees);
    const chat = toChat(command, distinctKey, new Date(now));
    await this.write(chat, additions, command, deleted);
    return chat;
  }

  /**
   * Starts the log after that of a deleted chat with the same id, whose rows may still exist.
   *
   * @param deleted the newest deletion of a chat with this id
   * @throws TransactionConflictError if the insert of the new chat waited for another deletion
   */
  private async setLogStart(chat: ChatEntity, deleted: Deleted | undefined): Promise<void> {
    const [newest] = await settleAll([
      this.tasks.findNewest('chat', chat.id),
      deleted ? this.chats.setLogStart(chat) : undefined,
    ]);
    if (newest?.until !== deleted?.until) throw new TransactionConflictError('A chat with this id was deleted.');
  }

  private async write(
    chat: ChatEntity,
    additions: readonly MemberAddition[],
    { id, hiddenStates = {} }: CreateGroup,
    deleted: Deleted | undefined,
  ): Promise<void> {
    if (deleted) {
      chat.lastSeq = chat.startSeq = deleted.until;
      chat.lastAt = new Date(Math.max(chat.lastAt.getTime(), Date.parse(deleted.details.lastAt ?? '') || 0));
    }
    const inserted = this.chats.insert(chat).catch((error: unknown) => {
      if (!isChatTaken(error)) throw error;
      throw isDistinctTaken(error)
        ? new TransactionConflictError('Another group of these members was created.')
        : chatExists(chat.id);
    });
    const logStarted = id === undefined ? undefined : this.setLogStart(chat, deleted);
    const head = newChatLogHead(chat);
    const added = this.writer.addMembers([{ head, additions, keepsDistinct: true }], null);
    await settleAll([
      inserted,
      logStarted,
      added,
      Object.keys(hiddenStates).length > 0 ? this.members.setHidden(chat.id, hiddenStates, head.lastSeq) : undefined,
      head.lastSeq > 0 ? this.chatLog.advance([head]) : undefined,
      chat.coverUrl === '' ? undefined : this.writer.publishImageChanged(chat.id, chat.coverUrl),
    ]);
  }
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

const toChat = (command: CreateGroup, distinctKey: string | null, now: Date): ChatEntity =>
  newChat(
    {
      id: command.id ?? newId(),
      kind: 'group',
      title: command.title,
      coverUrl: command.coverUrl ?? '',
      customType: command.customType ?? '',
      data: command.data ?? '',
      metadata: command.metadata ?? {},
      isDistinct: command.isDistinct ?? false,
      isPublic: command.isPublic ?? false,
      isSuper: command.isSuper ?? false,
      isEphemeral: command.isEphemeral ?? false,
      accessCode: command.accessCode ?? '',
      distinctKey,
      createdById: command.inviterId ?? null,
    },
    now,
  );

/** Additions of people are silent; bots receive their log entries. @throws DomainError `chat.unknown_member` if strict */
function toAdditions(
  { operatorIds, inviterId, memberStates, strict }: CreateGroup,
  wanted: readonly string[],
  invitees: Invitees,
): MemberAddition[] {
  const unknown = wanted.find((id) => !invitees.users.has(id));
  if (strict && unknown !== undefined) throw unknownMember(unknown);
  const users = wanted.flatMap((id) => invitees.users.get(id) ?? []);
  return users.map((user) => ({
    userId: user.id,
    state: initialStateOf(user, invitees, memberStates),
    inviterId: inviterId ?? null,
    role: operatorIds?.includes(user.id) ? ('operator' as const) : ('none' as const),
    isSilent: user.kind === 'person',
    isInitial: true,
  }));
}

/** The key of a set of members and a custom type; the order of the members does not matter. */
export function distinctKeyOf(memberIds: readonly string[], customType: string): string {
  return createHash('sha256')
    .update(JSON.stringify([customType, [...memberIds].sort()]))
    .digest('base64url');
}
