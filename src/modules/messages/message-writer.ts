import { Injectable } from '@nestjs/common';
import { newIdAt } from '../../core/crypto/ids.js';
import { currentRequestId } from '../../core/context/request-context.js';
import { Database, settleAll } from '../../core/database/database.js';
import type { Outcome } from '../../core/database/group-commit.js';
import { type Batch, BUSY, KeyedGroupCommit, type LockMode } from '../../core/database/keyed-group-commit.js';
import { DomainEvents } from '../../core/events/domain-events.js';
import { botNotFound } from '../bots/index.js';
import {
  nextEntry,
  backlogFull,
  chatFrozen,
  ChatLog,
  chatNotFound,
  ChatsService,
  type ChatLogHead,
  notAMember,
  readOnly,
  type Sender,
} from '../chats/index.js';
import { userDeactivated, type UserEntity, userNotFound } from '../users/index.js';
import { FileAccessService, type FileSet } from './file-access.service.js';
import { MessageEntity } from './message.entity.js';
import { bodyTooLong, dedupKeyReused, messageNotFound, parentNotInChat, tooManyFiles } from './message.errors.js';
import { MessagesSent } from './message.events.js';
import type { SendMessage } from './message.types.js';
import { isDedupKeyTaken, MessagesRepository } from './messages.repository.js';

/** The command of a send, with its request. */
interface PendingMessage extends Command {
  requestId: string;
}

/** A message to write, and the user whose files it can use: null for all files. */
type Command = SendMessage & { filesOf: string | null };

/** A message and its sender; the sender is undefined for an API credential. */
export interface WrittenMessage {
  message: MessageEntity;
  sender: UserEntity | undefined;
}

/** The data that a batch needs before it is written, read under the locks of the chats. */
interface BatchContext {
  heads: Map<string, ChatLogHead>;
  senders: Map<string, Sender>;
  files: FileSet;
  /** By id, and by integer. */
  parents: Map<string, MessageEntity>;
  earlier: Map<string, MessageEntity>;
}

/** Maximum wait of a send. Clients give up soon after, and would not learn that the message was written. */
const MAX_WAIT_MS = 4000;

const memberKey = (chatId: string, userId: string): string => `${chatId}\n${userId}`;
const numKey = (num: number): string => `#${num}`;
const dedupKeyOf = (senderId: string | null, dedupKey: string): string => `${senderId ?? ''}\n${dedupKey}`;

/**
 * Writes messages into the logs of their chats, many sends in one transaction.
 *
 *   send ─► KeyedGroupCommit ─► BEGIN, lock the chats, read the context ─► validate and number each message
 *                            ─► insert, in-transaction subscribers, advance the logs ─► COMMIT ─► each send resolves
 *
 * Each arrow after the group commit is one round trip to the database, whatever the number of messages.
 *
 * An invalid message gets its own error; the others of its batch are not affected.
 */
@Injectable()
export class MessageWriter {
  private readonly groupCommit = new KeyedGroupCommit<PendingMessage, WrittenMessage>((batch) => this.commit(batch), {
    name: 'messages',
    keyOf: ({ chatId }) => chatId,
    maxItems: 256,
    maxInFlight: 3,
    maxWaitMs: MAX_WAIT_MS,
  });

  constructor(
    private readonly messages: MessagesRepository,
    private readonly chatLog: ChatLog,
    private readonly chats: ChatsService,
    private readonly files: FileAccessService,
    private readonly events: DomainEvents,
    private readonly database: Database,
  ) {}

  /**
   * Resolves when the message is committed; within an open transaction, when it is written.
   *
   * @throws DomainError unavailable `try_again` if the chat could not be locked in time; then nothing is written
   */
  async write(command: Command): Promise<WrittenMessage> {
    const pending = { ...command, requestId: currentRequestId() ?? '' };
    if (!this.database.inTransaction) return this.groupCommit.write(pending);
    const [outcome] = await this.writeAll([pending], await this.loadContext([pending], 'wait'));
    if ('error' in outcome) throw outcome.error;
    return outcome.value;
  }

  /** Retries if a key that was free at the look-up has been used since, for a message in another chat. */
  private async commit(batch: Batch<PendingMessage>): Promise<(Outcome<WrittenMessage> | typeof BUSY)[]> {
    try {
      return await this.commitOnce(batch);
    } catch (error) {
      if (!isDedupKeyTaken(error)) throw error;
      await this.messages.releaseDedupKeys(
        batch.start().flatMap(({ senderId, dedupKey }) => (dedupKey === undefined ? [] : [{ senderId, dedupKey }])),
      );
      return this.commitOnce(batch);
    }
  }

  private commitOnce(batch: Batch<PendingMessage>): Promise<(Outcome<WrittenMessage> | typeof BUSY)[]> {
    const { locks, lockTimeoutMs } = batch;
    return this.database.transaction(
      async () => {
        const pendingMessages = batch.start();
        if (pendingMessages.length === 0) return [];
        const context = await this.loadContext(pendingMessages, locks);
        if (locks === 'wait') return this.writeAll(pendingMessages, context);
        // The next blocking attempt finds out whether the other chats are locked or do not exist.
        const isFree = ({ chatId }: PendingMessage) => context.heads.has(chatId);
        const written = (await this.writeAll(pendingMessages.filter(isFree), context)).values();
        return pendingMessages.map((pending) => (isFree(pending) ? written.next().value! : BUSY));
      },
      { lockTimeoutMs },
    );
  }

  /** Requires that the chats are locked. */
  private async writeAll(
    pendingMessages: readonly PendingMessage[],
    context: BatchContext,
  ): Promise<Outcome<WrittenMessage>[]> {
    const written: MessageEntity[] = [];
    const outcomes = pendingMessages.map((pending): Outcome<WrittenMessage> => {
      try {
        const sender = context.senders.get(memberKey(pending.chatId, pending.senderId ?? ''))?.user;
        const earlier = findEarlier(pending, context);
        if (earlier) return { value: { message: earlier, sender } };
        const message = createMessage(pending, context);
        written.push(message);
        return { value: { message, sender } };
      } catch (error) {
        return { error };
      }
    });
    if (written.length > 0) await this.store(pendingMessages, written, context);
    return outcomes;
  }

  /** One round trip: each statement sees what was committed before the lock was acquired, and none needs the result of another. */
  private async loadContext(pendingMessages: readonly PendingMessage[], locks: LockMode): Promise<BatchContext> {
    const chatIds = pendingMessages.map(({ chatId }) => chatId);
    const [heads, senders, files, parents, earlier] = await settleAll([
      locks === 'wait' ? this.chatLog.lock(chatIds) : this.chatLog.tryLock(chatIds),
      this.loadSenders(pendingMessages),
      this.files.findAccessible(
        pendingMessages.flatMap(({ attachmentIds = [], filesOf }) =>
          attachmentIds.map((fileId) => ({ fileId, userId: filesOf })),
        ),
      ),
      this.loadParents(pendingMessages),
      this.loadEarlier(pendingMessages),
    ]);
    return { heads, senders, files, parents, earlier };
  }

  private async loadSenders(pendingMessages: readonly PendingMessage[]): Promise<Map<string, Sender>> {
    const pairs = pendingMessages.flatMap(({ chatId, senderId }) =>
      senderId === null ? [] : [{ chatId, userId: senderId }],
    );
    if (pairs.length === 0) return new Map();
    const senders = await this.chats.findSenders(pairs);
    return new Map(senders.map((sender) => [memberKey(sender.chatId, sender.userId), sender]));
  }

  private async loadParents(pendingMessages: readonly PendingMessage[]): Promise<Map<string, MessageEntity>> {
    const ids = pendingMessages.flatMap(({ parentId }) => parentId ?? []);
    const nums = pendingMessages.flatMap(({ parentNum }) => parentNum ?? []);
    const [byId, byNum] = await settleAll([
      ids.length > 0 ? this.messages.findMany(ids) : [],
      nums.length > 0 ? this.messages.findByNums(nums) : [],
    ]);
    return new Map([
      ...byId.map((message) => [message.id, message] as const),
      ...byNum.map((message) => [numKey(message.num), message] as const),
    ]);
  }

  private async loadEarlier(pendingMessages: readonly PendingMessage[]): Promise<Map<string, MessageEntity>> {
    const pairs = pendingMessages.flatMap(({ senderId, dedupKey }) =>
      dedupKey === undefined ? [] : [{ senderId, dedupKey }],
    );
    if (pairs.length === 0) return new Map();
    const messages = await this.messages.findByDedupKeys(pairs);
    return new Map(messages.map((message) => [dedupKeyOf(message.senderId, message.dedupKey!), message]));
  }

  private async store(
    pendingMessages: readonly PendingMessage[],
    written: MessageEntity[],
    context: BatchContext,
  ): Promise<void> {
    const chatIds = new Set(written.map(({ chatId }) => chatId));
    // Sent together: no statement needs the result of another.
    await settleAll([
      this.messages.insert(written),
      this.events.publish(new MessagesSent(written)),
      this.markRead(pendingMessages, written, context),
      this.chatLog.advance([...chatIds].map((chatId) => context.heads.get(chatId)!)),
    ]);
  }

  private async markRead(
    pendingMessages: readonly PendingMessage[],
    written: MessageEntity[],
    { senders }: BatchContext,
  ): Promise<void> {
    const keys = pendingMessages
      .filter(({ markAsRead }) => markAsRead)
      .map(({ chatId, senderId }) => memberKey(chatId, senderId ?? ''));
    const readers = new Set(keys.filter((key) => senders.get(key)?.marksAsRead !== false));
    const newest = new Map(written.map((message) => [memberKey(message.chatId, message.senderId ?? ''), message]));
    const marks = [...readers].flatMap((key) => {
      const message = newest.get(key);
      if (!message?.senderId) return [];
      return [{ chatId: message.chatId, userId: message.senderId, seq: message.seq, at: message.createdAt.getTime() }];
    });
    if (marks.length > 0) await this.chats.markRead(marks);
  }
}

/** @throws DomainError conflict if the sender used the key for another message */
function findEarlier(
  { chatId, senderId, dedupKey, body }: PendingMessage,
  { earlier }: BatchContext,
): MessageEntity | undefined {
  if (dedupKey === undefined) return undefined;
  const message = earlier.get(dedupKeyOf(senderId, dedupKey));
  if (message && (message.chatId !== chatId || message.body !== body)) throw dedupKeyReused(dedupKey);
  return message;
}

/** Validates a message against the context and assigns its position in the log. @throws DomainError */
function createMessage(pending: PendingMessage, context: BatchContext): MessageEntity {
  const sender =
    pending.senderId === null ? undefined : context.senders.get(memberKey(pending.chatId, pending.senderId));
  if (pending.senderId !== null) requireSender(pending, pending.senderId, sender);
  const head = context.heads.get(pending.chatId);
  if (!head) throw chatNotFound(pending.chatId);
  if (pending.senderId !== null && !pending.hasLeft) requireCanWrite(pending.senderId, head, sender);
  checkLimits(pending);
  const parent = findParent(pending, context);
  const { seq, at } = nextEntry(head, 'message');
  const message = Object.assign(new MessageEntity(), {
    id: newIdAt(at),
    chatId: pending.chatId,
    seq,
    senderId: pending.senderId,
    kind: pending.kind ?? 'text',
    body: pending.body,
    customType: pending.customType ?? '',
    data: pending.data ?? '',
    mentionType: pending.mentionType ?? 'users',
    mentionedIds: [...new Set(pending.mentionedIds)],
    attachmentIds: [...new Set(pending.attachmentIds)].filter((id) => context.files.has(id, pending.filesOf)),
    parentId: parent?.id ?? null,
    extras: pending.extras ?? null,
    dedupKey: pending.dedupKey ?? null,
    requestId: pending.requestId,
    createdAt: new Date(at),
    updatedAt: null,
    removedAt: null,
  });
  // A second message with the same key in this batch must find the first.
  if (message.dedupKey !== null) context.earlier.set(dedupKeyOf(message.senderId, message.dedupKey), message);
  return message;
}

/** @throws DomainError if the user or bot does not exist or was deactivated */
function requireSender({ senderKind }: PendingMessage, senderId: string, sender: Sender | undefined): void {
  if (senderKind === 'user' && !sender?.user) throw userNotFound(senderId);
  if (senderKind === 'bot' && typeof sender?.marksAsRead !== 'boolean') throw botNotFound(senderId);
  if (sender?.user?.isActive === false) throw userDeactivated(senderId);
}

/** The row of a personal chat has its pair. In groups, members can send; in frozen groups, only operators; in channels, members whose role permits it. */
function requireCanWrite(senderId: string, head: ChatLogHead, sender: Sender | undefined): void {
  const isMember =
    head.kind === 'personal' ? senderId === head.userId || senderId === head.botId : sender?.state === 'joined';
  if (!isMember) throw notAMember(head.chatId, senderId);
  const role = sender?.role ?? 'none';
  if (head.isFrozen && role !== 'operator') throw chatFrozen(head.chatId);
  if (head.kind === 'channel' && role === 'none') throw readOnly(head.chatId);
  // Bots can always reply: their replies reduce the backlog.
  if (head.isBacklogged && sender?.user?.kind === 'person') throw backlogFull(head.chatId);
}

/** @throws DomainError if the parent message is not in the chat */
function findParent(
  { chatId, parentId, parentNum }: PendingMessage,
  { parents }: BatchContext,
): MessageEntity | undefined {
  if (parentNum !== undefined) {
    const parent = parents.get(numKey(parentNum));
    if (parent?.chatId !== chatId || parent.removedAt) throw messageNotFound(String(parentNum));
    return parent;
  }
  const parent = parentId === undefined ? undefined : parents.get(parentId);
  if (parentId !== undefined && parent?.chatId !== chatId) throw parentNotInChat(parentId);
  return parent;
}

function checkLimits({ body, attachmentIds = [], limits = {} }: PendingMessage): void {
  const { maxBodyBytes = Infinity, maxFiles = Infinity } = limits;
  if (Buffer.byteLength(body) > maxBodyBytes) throw bodyTooLong(maxBodyBytes);
  if (attachmentIds.length > maxFiles) throw tooManyFiles(maxFiles);
}
