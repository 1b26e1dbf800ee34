import { Injectable } from '@nestjs/common';
import { newIdAt } from '../../core/crypto/ids.js';
import { currentRequestId } from '../../core/context/request-context.js';
import { Database, together } from '../../core/database/database.js';
import type { Outcome } from '../../core/database/group-commit.js';
import { type Batch, BUSY, KeyedGroupCommit, type LockMode } from '../../core/database/keyed-group-commit.js';
import { DomainEvents } from '../../core/events/domain-events.js';
import { botNotFound } from '../bots/index.js';
import {
  append,
  backlogFull,
  chatFrozen,
  ChatLog,
  chatNotFound,
  ChatsService,
  type LogHead,
  notAMember,
  readOnly,
  type Speaker,
} from '../chats/index.js';
import { userDeactivated, type UserEntity, userNotFound } from '../users/index.js';
import { FileAccessService, type FileSet } from './file-access.service.js';
import { MessageEntity } from './message.entity.js';
import { bodyTooLong, dedupKeyReused, messageNotFound, parentNotInChat, tooManyFiles } from './message.errors.js';
import { MessagesSent } from './message.events.js';
import type { SendMessage } from './message.types.js';
import { isDedupKeyTaken, MessagesRepository } from './messages.repository.js';

/** The command of a send, with its request. */
interface Draft extends Command {
  requestId: string;
}

/** A message to write, and the user whose files it can use: null for all files. */
type Command = SendMessage & { filesOf: string | null };

/** A message and its sender; the sender is undefined for an API credential. */
export interface Written {
  message: MessageEntity;
  sender: UserEntity | undefined;
}

/** The data that a batch needs before it is written, read under the locks of the chats. */
interface Facts {
  heads: Map<string, LogHead>;
  speakers: Map<string, Speaker>;
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
 *   send ─► KeyedGroupCommit ─► BEGIN, lock the chats, read the facts ─► validate and number each draft
 *                            ─► insert, in-transaction subscribers, advance the logs ─► COMMIT ─► each send resolves
 *
 * Each arrow after the group commit is one round trip to the database, whatever the number of messages.
 *
 * An invalid draft gets its own error; the other drafts of its batch are not affected.
 */
@Injectable()
export class MessageWriter {
  private readonly groupCommit = new KeyedGroupCommit<Draft, Written>((batch) => this.commit(batch), {
    name: 'messages',
    keyOf: ({ chatId }) => chatId,
    maxItems: 256,
    maxInFlight: 3,
    maxWaitMs: MAX_WAIT_MS,
  });

  constructor(
    private readonly messages: MessagesRepository,
    private readonly log: ChatLog,
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
  async write(command: Command): Promise<Written> {
    const draft = { ...command, requestId: currentRequestId() ?? '' };
    if (!this.database.inTransaction) return this.groupCommit.write(draft);
    const [outcome] = await this.writeAll([draft], await this.readFacts([draft], 'wait'));
    if ('error' in outcome) throw outcome.error;
    return outcome.value;
  }

  /** Retries if a key that was free at the look-up has been used since, for a message in another chat. */
  private async commit(batch: Batch<Draft>): Promise<(Outcome<Written> | typeof BUSY)[]> {
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

  private commitOnce(batch: Batch<Draft>): Promise<(Outcome<Written> | typeof BUSY)[]> {
    const { locks, lockTimeoutMs } = batch;
    return this.database.transaction(
      async () => {
        const drafts = batch.start();
        if (drafts.length === 0) return [];
        const facts = await this.readFacts(drafts, locks);
        if (locks === 'wait') return this.writeAll(drafts, facts);
        // The next blocking attempt finds out whether the other chats are locked or do not exist.
        const isFree = ({ chatId }: Draft) => facts.heads.has(chatId);
        const written = (await this.writeAll(drafts.filter(isFree), facts)).values();
        return drafts.map((draft) => (isFree(draft) ? written.next().value! : BUSY));
      },
      { lockTimeoutMs },
    );
  }

  /** Requires that the chats are locked. */
  private async writeAll(drafts: readonly Draft[], facts: Facts): Promise<Outcome<Written>[]> {
    const written: MessageEntity[] = [];
    const outcomes = drafts.map((draft): Outcome<Written> => {
      try {
        const sender = facts.speakers.get(memberKey(draft.chatId, draft.senderId ?? ''))?.user;
        const earlier = findEarlier(draft, facts);
        if (earlier) return { value: { message: earlier, sender } };
        const message = place(draft, facts);
        written.push(message);
        return { value: { message, sender } };
      } catch (error) {
        return { error };
      }
    });
    if (written.length > 0) await this.store(drafts, written, facts);
    return outcomes;
  }

  /** One round trip: each statement sees what was committed before the lock was acquired, and none needs the result of another. */
  private async readFacts(drafts: readonly Draft[], locks: LockMode): Promise<Facts> {
    const chatIds = drafts.map(({ chatId }) => chatId);
    const [heads, speakers, files, parents, earlier] = await together([
      locks === 'wait' ? this.log.lock(chatIds) : this.log.lockFree(chatIds),
      this.readSpeakers(drafts),
      this.files.usable(
        drafts.flatMap(({ attachmentIds = [], filesOf }) =>
          attachmentIds.map((fileId) => ({ fileId, userId: filesOf })),
        ),
      ),
      this.readParents(drafts),
      this.readEarlier(drafts),
    ]);
    return { heads, speakers, files, parents, earlier };
  }

  private async readSpeakers(drafts: readonly Draft[]): Promise<Map<string, Speaker>> {
    const pairs = drafts.flatMap(({ chatId, senderId }) => (senderId === null ? [] : [{ chatId, userId: senderId }]));
    if (pairs.length === 0) return new Map();
    const speakers = await this.chats.speakers(pairs);
    return new Map(speakers.map((speaker) => [memberKey(speaker.chatId, speaker.userId), speaker]));
  }

  private async readParents(drafts: readonly Draft[]): Promise<Map<string, MessageEntity>> {
    const ids = drafts.flatMap(({ parentId }) => parentId ?? []);
    const nums = drafts.flatMap(({ parentNum }) => parentNum ?? []);
    const [byId, byNum] = await together([
      ids.length > 0 ? this.messages.findMany(ids) : [],
      nums.length > 0 ? this.messages.findByNums(nums) : [],
    ]);
    return new Map([
      ...byId.map((message) => [message.id, message] as const),
      ...byNum.map((message) => [numKey(message.num), message] as const),
    ]);
  }

  private async readEarlier(drafts: readonly Draft[]): Promise<Map<string, MessageEntity>> {
    const pairs = drafts.flatMap(({ senderId, dedupKey }) => (dedupKey === undefined ? [] : [{ senderId, dedupKey }]));
    if (pairs.length === 0) return new Map();
    const messages = await this.messages.findByDedupKeys(pairs);
    return new Map(messages.map((message) => [dedupKeyOf(message.senderId, message.dedupKey!), message]));
  }

  private async store(drafts: readonly Draft[], written: MessageEntity[], facts: Facts): Promise<void> {
    const chatIds = new Set(written.map(({ chatId }) => chatId));
    // Sent together: no statement needs the result of another.
    await together([
      this.messages.insert(written),
      this.events.publish(new MessagesSent(written)),
      this.markRead(drafts, written, facts),
      this.log.advance([...chatIds].map((chatId) => facts.heads.get(chatId)!)),
    ]);
  }

  private async markRead(drafts: readonly Draft[], written: MessageEntity[], { speakers }: Facts): Promise<void> {
    const keys = drafts
      .filter(({ markAsRead }) => markAsRead)
      .map(({ chatId, senderId }) => memberKey(chatId, senderId ?? ''));
    const readers = new Set(keys.filter((key) => speakers.get(key)?.marksAsRead !== false));
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
function findEarlier({ chatId, senderId, dedupKey, body }: Draft, { earlier }: Facts): MessageEntity | undefined {
  if (dedupKey === undefined) return undefined;
  const message = earlier.get(dedupKeyOf(senderId, dedupKey));
  if (message && (message.chatId !== chatId || message.body !== body)) throw dedupKeyReused(dedupKey);
  return message;
}

/** Validates a draft against the facts and assigns its position in the log. @throws DomainError */
function place(draft: Draft, facts: Facts): MessageEntity {
  const speaker = draft.senderId === null ? undefined : facts.speakers.get(memberKey(draft.chatId, draft.senderId));
  if (draft.senderId !== null) checkSpeaker(draft, draft.senderId, speaker);
  const head = facts.heads.get(draft.chatId);
  if (!head) throw chatNotFound(draft.chatId);
  if (draft.senderId !== null && !draft.hasLeft) checkMayWrite(draft.senderId, head, speaker);
  checkLimits(draft);
  const parent = findParent(draft, facts);
  const { seq, at } = append(head, 'message');
  const message = Object.assign(new MessageEntity(), {
    id: newIdAt(at),
    chatId: draft.chatId,
    seq,
    senderId: draft.senderId,
    kind: draft.kind ?? 'text',
    body: draft.body,
    customType: draft.customType ?? '',
    data: draft.data ?? '',
    mentionType: draft.mentionType ?? 'users',
    mentionedIds: [...new Set(draft.mentionedIds)],
    attachmentIds: [...new Set(draft.attachmentIds)].filter((id) => facts.files.has(id, draft.filesOf)),
    parentId: parent?.id ?? null,
    extras: draft.extras ?? null,
    dedupKey: draft.dedupKey ?? null,
    requestId: draft.requestId,
    createdAt: new Date(at),
    updatedAt: null,
    removedAt: null,
  });
  // A second draft with the same key in this batch must find the first.
  if (message.dedupKey !== null) facts.earlier.set(dedupKeyOf(message.senderId, message.dedupKey), message);
  return message;
}

/** @throws DomainError if the user or bot does not exist or was deactivated */
function checkSpeaker({ senderKind }: Draft, senderId: string, speaker: Speaker | undefined): void {
  if (senderKind === 'user' && !speaker?.user) throw userNotFound(senderId);
  if (senderKind === 'bot' && typeof speaker?.marksAsRead !== 'boolean') throw botNotFound(senderId);
  if (speaker?.user?.isActive === false) throw userDeactivated(senderId);
}

/** The row of a personal chat has its pair. In groups, members can send; in frozen groups, only operators; in channels, members whose role permits it. */
function checkMayWrite(senderId: string, head: LogHead, speaker: Speaker | undefined): void {
  const isMember =
    head.kind === 'personal' ? senderId === head.userId || senderId === head.botId : speaker?.state === 'joined';
  if (!isMember) throw notAMember(head.chatId, senderId);
  const role = speaker?.role ?? 'none';
  if (head.isFrozen && role !== 'operator') throw chatFrozen(head.chatId);
  if (head.kind === 'channel' && role === 'none') throw readOnly(head.chatId);
  // Bots can always reply: their replies reduce the backlog.
  if (head.isBacklogged && speaker?.user?.kind === 'person') throw backlogFull(head.chatId);
}

/** @throws DomainError if the parent message is not in the chat */
function findParent({ chatId, parentId, parentNum }: Draft, { parents }: Facts): MessageEntity | undefined {
  if (parentNum !== undefined) {
    const parent = parents.get(numKey(parentNum));
    if (parent?.chatId !== chatId || parent.removedAt) throw messageNotFound(String(parentNum));
    return parent;
  }
  const parent = parentId === undefined ? undefined : parents.get(parentId);
  if (parentId !== undefined && parent?.chatId !== chatId) throw parentNotInChat(parentId);
  return parent;
}

function checkLimits({ body, attachmentIds = [], limits = {} }: Draft): void {
  const { maxBodyBytes = Infinity, maxFiles = Infinity } = limits;
  if (Buffer.byteLength(body) > maxBodyBytes) throw bodyTooLong(maxBodyBytes);
  if (attachmentIds.length > maxFiles) throw tooManyFiles(maxFiles);
}
