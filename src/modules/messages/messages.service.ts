import { Injectable } from '@nestjs/common';
import { settleAll } from '../../core/database/database.js';
import { DomainError } from '../../core/errors/domain.error.js';
import { type Actor, canActAs } from '../auth/index.js';
import { ChatsService, type ChatLogPosition } from '../chats/index.js';
import { type FileEntity, FilesService } from '../files/index.js';
import { UsersService } from '../users/index.js';
import { HistoryRepository } from './history.repository.js';
import type { MessageEntity } from './message.entity.js';
import { messageNotFound, parentNotInChat, cannotSendAsOther } from './message.errors.js';
import type { AroundQuery, MessagePage, MessageReferences, PageQuery, SendMessage } from './message.types.js';
import { MessageWriter, type WrittenMessage } from './message-writer.js';
import { MessagesRepository, type Thread } from './messages.repository.js';

/** Maximum number of messages in a page. */
export const MAX_PAGE_SIZE = 1000;
/** The last time that a `Date` can hold; Postgres supports later times. */
const MAX_TIME = 8.64e15;

/** Sends and reads messages. All messages are created here. */
@Injectable()
export class MessagesService {
  constructor(
    private readonly messages: MessagesRepository,
    private readonly writer: MessageWriter,
    private readonly history: HistoryRepository,
    private readonly chats: ChatsService,
    private readonly files: FilesService,
    private readonly users: UsersService,
  ) {}

  /**
   * Sends a message. Resolves once it is committed: from then on it is sure to reach every bot of the chat.
   *
   * @throws DomainError not_found `chat.not_found`, `message.not_found` for a `parentNum`, `user.not_found` or `bot.not_found` for a
   *   `senderKind`; forbidden `chat.not_member`, `message.not_your_name`, `user.deactivated`;
   *   invalid `message.body_too_long`, `message.too_many_files`, `message.parent_not_in_chat`;
   *   conflict `message.dedup_key_reused`; rate_limited `chat.backlog_full`
   */
  async send(actor: Actor, command: SendMessage): Promise<MessageEntity> {
    return (await this.write(actor, command)).message;
  }

  /** As `send`, with the references of the message, which are loaded during the write. @throws as `send` */
  async sendWithReferences(
    actor: Actor,
    command: SendMessage,
  ): Promise<{ message: MessageEntity; references: MessageReferences }> {
    const { mentionedIds = [], attachmentIds = [], parentNum } = command;
    const [{ message, sender }, mentioned, files, parents] = await settleAll([
      this.write(actor, command),
      this.users.findMany(mentionedIds),
      this.files.findMany(attachmentIds),
      parentNum === undefined ? [] : this.messages.findByNums([parentNum]),
    ]);
    const users = sender ? new Map([...mentioned, [sender.id, sender]]) : mentioned;
    const known = { users, files, parents: byId(parents) };
    return { message, references: await this.loadReferences([message], known) };
  }

  private async write(actor: Actor, command: SendMessage): Promise<WrittenMessage> {
    if (actor.kind !== 'service' && (command.senderId === null || !canActAs(actor, command.senderId)))
      throw cannotSendAsOther();
    const { parentId } = command;
    // A reply shows its parent: replying to a message that the sender does not see is rejected.
    if (actor.kind !== 'service' && parentId !== undefined) {
      if ((await this.history.findInvisible(actor.id, [parentId])).length > 0) throw parentNotInChat(parentId);
    }
    return this.writer.write({ ...command, filesOf: readerIdOf(actor) });
  }

  /**
   * A page of a chat, counted from the newest message, oldest first within the page.
   *
   * @throws DomainError not_found `chat.not_found`; forbidden `chat.not_member`
   */
  async listPage(actor: Actor, { chatId, page, limit, senderId, since = 0 }: PageQuery): Promise<MessagePage> {
    const readerId = readerIdOf(actor);
    const size = limit < 0 ? MAX_PAGE_SIZE : Math.min(limit, MAX_PAGE_SIZE);
    const skip = Math.min((Math.max(page, 1) - 1) * size, Number.MAX_SAFE_INTEGER);
    const filter = { senderId, since: Math.min(Math.max(since, 0), MAX_TIME) };
    const [, found] = await settleAll([
      this.chats.getFor(actor, chatId),
      senderId === undefined && !(since > 0)
        ? this.messages.listPage(readerId, chatId, skip, size)
        : this.messages.listFilteredPage(readerId, chatId, skip, size, filter),
    ]);
    return { total: found.total, messages: found.messages.reverse() };
  }

  /** The messages around a time or a message, oldest first. @throws as `listPage`; not_found `message.not_found` */
  async listAround(actor: Actor, { anchor, visibleTo, ...query }: AroundQuery): Promise<MessageEntity[]> {
    const { chatId } = query;
    const readerId = readerIdOf(actor) ?? visibleTo ?? null;
    if ('num' in anchor) {
      // A removed message still marks a position at which a reader has stopped.
      const { createdAt } = await this.getIncludingRemoved(actor, chatId, anchor.num);
      return this.messages.listAround(readerId, { ...query, at: createdAt.getTime() });
    }
    const [, found] = await settleAll([
      this.chats.getFor(actor, chatId),
      this.messages.listAround(readerId, { ...query, at: anchor.at }),
    ]);
    return found;
  }

  /** @throws DomainError not_found `message.not_found`; forbidden `chat.not_member` */
  async get(actor: Actor, id: string): Promise<MessageEntity> {
    const message = await this.messages.find(id);
    if (!message || message.removedAt) throw messageNotFound(id);
    await this.requireVisible(actor, message);
    return message;
  }

  /**
   * The position of a message in its chat, also if the actor does not see it any more, so that reading can resume there.
   *
   * @throws as `get`
   */
  async getPosition(actor: Actor, id: string): Promise<Pick<MessageEntity, 'chatId' | 'seq'>> {
    const message = await this.messages.find(id);
    if (!message || message.removedAt) throw messageNotFound(id);
    const { chatId, seq } = message;
    await this.chats.getFor(actor, chatId);
    return { chatId, seq };
  }

  /** @returns undefined for a message that `get` rejects; a failed look-up still throws */
  async find(actor: Actor, id: string): Promise<MessageEntity | undefined> {
    return this.get(actor, id).catch((error: unknown) => {
      if (error instanceof DomainError && (error.kind === 'not_found' || error.kind === 'forbidden')) return undefined;
      throw error;
    });
  }

  /** By its integer. @throws DomainError not_found `message.not_found` */
  async getByNum(actor: Actor, chatId: string, num: number): Promise<MessageEntity> {
    const message = await this.getIncludingRemoved(actor, chatId, num);
    if (message.removedAt) throw messageNotFound(String(num));
    if (actor.kind !== 'service') await this.requireVisible(actor, message);
    return message;
  }

  /**
   * Loads the references of messages: one query per kind of entity, and none for a kind without references.
   *
   * @param known references that are already loaded
   */
  async loadReferences(
    messages: readonly MessageEntity[],
    known: MessageReferences = NO_REFERENCES,
  ): Promise<MessageReferences> {
    const users = new Set<string>();
    const files = new Set<string>();
    const parents = new Set<string>();
    for (const { senderId, mentionedIds, attachmentIds, parentId } of messages) {
      if (senderId !== null && !known.users.has(senderId)) users.add(senderId);
      for (const id of mentionedIds) if (!known.users.has(id)) users.add(id);
      for (const id of attachmentIds) if (!known.files.has(id)) files.add(id);
      if (parentId !== null && !known.parents.has(parentId)) parents.add(parentId);
    }
    const [foundUsers, foundFiles, foundParents] = await settleAll([
      this.users.findMany(users),
      this.files.findMany(files),
      parents.size > 0 ? this.messages.findMany([...parents]) : [],
    ]);
    return {
      users: merge(known.users, foundUsers),
      files: merge(known.files, foundFiles),
      parents: merge(known.parents, byId(foundParents)),
    };
  }

  /** @returns the replies to these messages, by parent id; no entry for messages without replies */
  async loadThreads(messages: readonly MessageEntity[]): Promise<Map<string, Thread>> {
    if (messages.length === 0) return new Map();
    const threads = await this.messages.findThreads(messages.map(({ id }) => id));
    return new Map(threads.map((thread) => [thread.parentId, thread]));
  }

  /** @returns the newest message of each of these chats, by chat id: for API credentials, which see all */
  async findNewest(chatIds: readonly string[]): Promise<Map<string, MessageEntity>> {
    return new Map((await this.messages.findNewest(chatIds)).map((message) => [message.chatId, message]));
  }

  /** @returns the files attached to these messages, by id */
  loadAttachments(messages: readonly MessageEntity[]): Promise<Map<string, FileEntity>> {
    return this.files.findMany(messages.flatMap(({ attachmentIds }) => attachmentIds));
  }

  /** The messages of the log from each position on, removed ones included, oldest first. */
  readLogs(places: readonly ChatLogPosition[], limit: number): Promise<MessageEntity[][]> {
    return this.messages.readLogs(places, limit);
  }

  /** @throws DomainError not_found `message.not_found`; forbidden `chat.not_member` */
  private async requireVisible(actor: Actor, { id, chatId }: MessageEntity): Promise<void> {
    const [, visible] = await settleAll([
      this.chats.getFor(actor, chatId),
      actor.kind === 'service' ? [id] : this.history.findVisible(actor.id, [id]),
    ]);
    if (visible.length === 0) throw messageNotFound(id);
  }

  private async getIncludingRemoved(actor: Actor, chatId: string, num: number): Promise<MessageEntity> {
    const [, message] = await settleAll([this.chats.getFor(actor, chatId), this.messages.findByNum(chatId, num)]);
    if (!message) throw messageNotFound(String(num));
    return message;
  }
}

/** The reader id of an actor; null for API credentials, which see all. */
const readerIdOf = (actor: Actor): string | null => (actor.kind === 'service' ? null : actor.id);

const NO_REFERENCES: MessageReferences = { users: new Map(), files: new Map(), parents: new Map() };

const byId = (messages: readonly MessageEntity[]): Map<string, MessageEntity> =>
  new Map(messages.map((message) => [message.id, message]));

const merge = <T>(known: ReadonlyMap<string, T>, found: ReadonlyMap<string, T>): ReadonlyMap<string, T> =>
  known.size === 0 ? found : found.size === 0 ? known : new Map([...known, ...found]);
