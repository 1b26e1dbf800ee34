import { Injectable } from '@nestjs/common';
import { newIdAt } from '../../core/crypto/ids.js';
import { currentRequestId } from '../../core/context/request-context.js';
import { Database } from '../../core/database/database.js';
import { GroupCommit, type Outcome } from '../../core/database/group-commit.js';
import { DomainEvents } from '../../core/events/domain-events.js';
import { append, chatFrozen, ChatLog, chatNotFound, ChatsService, type LogHead, notAMember } from '../chats/index.js';
import { FilesService } from '../files/index.js';
import { MessageEntity } from './message.entity.js';
import { bodyTooLong, dedupKeyReused, parentNotInChat, tooManyFiles } from './message.errors.js';
import { MessagesSent } from './message.events.js';
import type { SendMessage } from './message.types.js';
import { isDedupKeyTaken, MessagesRepository } from './messages.repository.js';

/** What is written: the wish, and the request that it came with. */
interface Draft extends SendMessage {
  requestId: string;
}

/** All that must be known of a batch before it is written, read under the chats' locks. */
interface Facts {
  heads: Map<string, LogHead>;
  /** The joined members among the senders, and whether each is an operator of the chat. */
  joined: Map<string, boolean>;
  files: Set<string>;
  parents: Map<string, MessageEntity>;
  earlier: Map<string, MessageEntity>;
}

const memberKey = (chatId: string, userId: string): string => `${chatId}\n${userId}`;
const dedupKeyOf = (senderId: string | null, dedupKey: string): string => `${senderId ?? ''}\n${dedupKey}`;

/**
 * Writes messages into their chats' logs, many sends in one transaction.
 *
 *   send ─► GroupCommit ─► BEGIN, lock the chats ─► read the facts ─► check and number each draft ─► insert, advance the logs
 *                            ─► in-transaction listeners ─► COMMIT ─► every sender is answered
 *
 * A draft that breaks a rule gets its own error; the others of its batch do not notice.
 */
@Injectable()
export class MessageWriter {
  private readonly groupCommit = new GroupCommit<Draft, MessageEntity>((drafts) => this.commit(drafts), {
    maxItems: 256,
    maxInFlight: 1,
  });

  constructor(
    private readonly messages: MessagesRepository,
    private readonly log: ChatLog,
    private readonly chats: ChatsService,
    private readonly files: FilesService,
    private readonly events: DomainEvents,
    private readonly database: Database,
  ) {}

  /** Resolves when the message is committed; within an open transaction, when it is written. */
  async write(command: SendMessage): Promise<MessageEntity> {
    const draft = { ...command, requestId: currentRequestId() ?? '' };
    if (!this.database.inTransaction) return this.groupCommit.write(draft);
    const [outcome] = await this.commit([draft]);
    if ('error' in outcome) throw outcome.error;
    return outcome.value;
  }

  /** Does it again when a key that was free when it was looked up has been taken meanwhile, for a message in another chat. */
  private async commit(drafts: Draft[]): Promise<Outcome<MessageEntity>[]> {
    try {
      return await this.commitOnce(drafts);
    } catch (error) {
      if (this.database.inTransaction || !isDedupKeyTaken(error)) throw error;
      return this.commitOnce(drafts);
    }
  }

  private commitOnce(drafts: Draft[]): Promise<Outcome<MessageEntity>[]> {
    return this.database.transaction(async () => {
      const facts = await this.readFacts(drafts);
      const written: MessageEntity[] = [];
      const outcomes = drafts.map((draft): Outcome<MessageEntity> => {
        try {
          const earlier = findEarlier(draft, facts);
          if (earlier) return { value: earlier };
          const message = place(draft, facts);
          written.push(message);
          return { value: message };
        } catch (error) {
          return { error };
        }
      });
      if (written.length > 0) await this.store(drafts, written, facts);
      return outcomes;
    });
  }

  private async readFacts(drafts: Draft[]): Promise<Facts> {
    const heads = await this.log.lock(drafts.map(({ chatId }) => chatId));
    return {
      heads,
      joined: await this.readMemberships(drafts, heads),
      files: new Set((await this.files.findMany(drafts.flatMap(({ attachmentIds = [] }) => attachmentIds))).keys()),
      parents: await this.readParents(drafts),
      earlier: await this.readEarlier(drafts),
    };
  }

  /** The pair of a personal chat stands in its row; only groups need to be asked who is in them. */
  private async readMemberships(drafts: Draft[], heads: Map<string, LogHead>): Promise<Map<string, boolean>> {
    const pairs = drafts.flatMap(({ chatId, senderId }) =>
      senderId !== null && heads.has(chatId) && heads.get(chatId)!.kind !== 'personal'
        ? [{ chatId, userId: senderId }]
        : [],
    );
    if (pairs.length === 0) return new Map();
    const memberships = await this.chats.memberships(pairs);
    return new Map(
      memberships
        .filter(({ state }) => state === 'joined')
        .map(({ chatId, userId, role }) => [memberKey(chatId, userId), role === 'operator']),
    );
  }

  private async readParents(drafts: Draft[]): Promise<Map<string, MessageEntity>> {
    const ids = drafts.flatMap(({ parentId }) => (parentId === undefined ? [] : [parentId]));
    if (ids.length === 0) return new Map();
    return new Map((await this.messages.findMany(ids)).map((message) => [message.id, message]));
  }

  private async readEarlier(drafts: Draft[]): Promise<Map<string, MessageEntity>> {
    const pairs = drafts.flatMap(({ senderId, dedupKey }) => (dedupKey === undefined ? [] : [{ senderId, dedupKey }]));
    if (pairs.length === 0) return new Map();
    const messages = await this.messages.findByDedupKeys(pairs);
    return new Map(messages.map((message) => [dedupKeyOf(message.senderId, message.dedupKey!), message]));
  }

  private async store(drafts: Draft[], written: MessageEntity[], facts: Facts): Promise<void> {
    const chatIds = new Set(written.map(({ chatId }) => chatId));
    // Sent together: neither needs what the other returns.
    await Promise.all([
      this.messages.insert(written),
      this.log.advance([...chatIds].map((chatId) => facts.heads.get(chatId)!)),
      this.markRead(drafts, written),
    ]);
    await this.events.publish(new MessagesSent(written));
  }

  private async markRead(drafts: Draft[], written: MessageEntity[]): Promise<void> {
    const readers = new Set(
      drafts.filter(({ markAsRead }) => markAsRead).map(({ chatId, senderId }) => memberKey(chatId, senderId ?? '')),
    );
    const newest = new Map(written.map((message) => [memberKey(message.chatId, message.senderId ?? ''), message]));
    const marks = [...readers].flatMap((key) => {
      const message = newest.get(key);
      if (!message?.senderId) return [];
      return [{ chatId: message.chatId, userId: message.senderId, seq: message.seq, at: message.createdAt.getTime() }];
    });
    if (marks.length > 0) await this.chats.markRead(marks);
  }
}

/** @throws DomainError conflict when the sender used the key for something else */
function findEarlier({ chatId, senderId, dedupKey, body }: Draft, { earlier }: Facts): MessageEntity | undefined {
  if (dedupKey === undefined) return undefined;
  const message = earlier.get(dedupKeyOf(senderId, dedupKey));
  if (message && (message.chatId !== chatId || message.body !== body)) throw dedupKeyReused(dedupKey);
  return message;
}

/** Checks a draft against the facts and gives it its place in the log. @throws DomainError */
function place(draft: Draft, facts: Facts): MessageEntity {
  const head = facts.heads.get(draft.chatId);
  if (!head) throw chatNotFound(draft.chatId);
  if (draft.senderId !== null && !mayWrite(draft.senderId, head, facts)) throw notAMember(draft.chatId, draft.senderId);
  if (draft.senderId !== null && head.isFrozen && !facts.joined.get(memberKey(draft.chatId, draft.senderId)))
    throw chatFrozen(draft.chatId);
  checkLimits(draft);
  if (draft.parentId !== undefined && facts.parents.get(draft.parentId)?.chatId !== draft.chatId) {
    throw parentNotInChat(draft.parentId);
  }
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
    attachmentIds: [...new Set(draft.attachmentIds)].filter((id) => facts.files.has(id)),
    parentId: draft.parentId ?? null,
    extras: draft.extras ?? null,
    dedupKey: draft.dedupKey ?? null,
    requestId: draft.requestId,
    createdAt: new Date(at),
    updatedAt: null,
    removedAt: null,
  });
  // A second draft with the same key in this very batch must find the first.
  if (message.dedupKey !== null) facts.earlier.set(dedupKeyOf(message.senderId, message.dedupKey), message);
  return message;
}

function mayWrite(senderId: string, head: LogHead, { joined }: Facts): boolean {
  if (head.kind === 'personal') return senderId === head.userId || senderId === head.botId;
  return joined.has(memberKey(head.chatId, senderId));
}

function checkLimits({ body, attachmentIds = [], limits = {} }: Draft): void {
  const { maxBodyBytes = Infinity, maxFiles = Infinity } = limits;
  if (Buffer.byteLength(body) > maxBodyBytes) throw bodyTooLong(maxBodyBytes);
  if (attachmentIds.length > maxFiles) throw tooManyFiles(maxFiles);
}
