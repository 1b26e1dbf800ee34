import { Injectable } from '@nestjs/common';
import { type Actor, mayActAs } from '../auth/index.js';
import { ChatsService } from '../chats/index.js';
import { type FileEntity, FilesService } from '../files/index.js';
import { type UserEntity, UsersService } from '../users/index.js';
import type { MessageEntity } from './message.entity.js';
import { messageNotFound, sendAsAnother } from './message.errors.js';
import type { AroundQuery, MessagePage, MessageSurroundings, PageQuery, SendMessage } from './message.types.js';
import { MessageWriter } from './message-writer.js';
import { MessagesRepository } from './messages.repository.js';

/** As many messages as a page has at most, whatever is asked for. */
const MAX_PAGE_SIZE = 1000;
/** The last time that a `Date` can hold; Postgres goes a little further. */
const MAX_TIME = 8.64e15;

/** What is said in chats: the only place where a message is made. */
@Injectable()
export class MessagesService {
  constructor(
    private readonly messages: MessagesRepository,
    private readonly writer: MessageWriter,
    private readonly chats: ChatsService,
    private readonly files: FilesService,
    private readonly users: UsersService,
  ) {}

  /**
   * Says something in a chat. Resolves once it is committed: that is the promise that it reaches every bot of the chat.
   *
   * @throws DomainError not_found `chat.not_found`, `message.not_found` for a `parentNum`; forbidden `chat.not_member`, `message.not_your_name`;
   *   invalid `message.body_too_long`, `message.too_many_files`, `message.parent_not_in_chat`;
   *   conflict `message.dedup_key_reused`
   */
  async send(actor: Actor, command: SendMessage): Promise<MessageEntity> {
    if (actor.kind !== 'operator' && (command.senderId === null || !mayActAs(actor, command.senderId)))
      throw sendAsAnother();
    const { parentNum, ...draft } = command;
    if (parentNum !== undefined) draft.parentId = (await this.getByNum(actor, command.chatId, parentNum)).id;
    return this.writer.write(draft);
  }

  /**
   * A page of a chat, counted from the newest message, in the order in which they were said.
   *
   * @throws DomainError not_found `chat.not_found`; forbidden `chat.not_member`
   */
  async page(actor: Actor, { chatId, page, limit, senderId, since = 0 }: PageQuery): Promise<MessagePage> {
    await this.chats.getFor(actor, chatId);
    const size = limit < 0 ? MAX_PAGE_SIZE : Math.min(limit, MAX_PAGE_SIZE);
    const skip = Math.min((Math.max(page, 1) - 1) * size, Number.MAX_SAFE_INTEGER);
    const found =
      senderId === undefined && !(since > 0)
        ? await this.messages.page(chatId, skip, size)
        : await this.messages.filteredPage(chatId, skip, size, {
            senderId,
            since: Math.min(Math.max(since, 0), MAX_TIME),
          });
    return { total: found.total, messages: found.messages.reverse() };
  }

  /** The messages around a time, oldest first. @throws as `page` */
  async around(actor: Actor, query: AroundQuery): Promise<MessageEntity[]> {
    await this.chats.getFor(actor, query.chatId);
    return this.messages.around(query);
  }

  /** @throws DomainError not_found `message.not_found`; forbidden `chat.not_member` */
  async get(actor: Actor, id: string): Promise<MessageEntity> {
    const message = await this.messages.find(id);
    if (!message || message.removedAt) throw messageNotFound(id);
    await this.chats.getFor(actor, message.chatId);
    return message;
  }

  /** By its integer. @throws DomainError not_found `message.not_found` */
  async getByNum(actor: Actor, chatId: string, num: number): Promise<MessageEntity> {
    await this.chats.getFor(actor, chatId);
    const message = await this.messages.findByNum(chatId, num);
    if (!message || message.removedAt) throw messageNotFound(String(num));
    return message;
  }

  /**
   * What these messages name: one query for each kind of thing, and none for what nobody names.
   *
   * @param known users that were read already
   */
  async surroundings(
    messages: readonly MessageEntity[],
    known: readonly UserEntity[] = [],
  ): Promise<MessageSurroundings> {
    const knownUsers = new Map(known.map((user) => [user.id, user]));
    const userIds = messages.flatMap(({ senderId, mentionedIds }) => [
      ...mentionedIds,
      ...(senderId ? [senderId] : []),
    ]);
    const [users, files, parents] = await Promise.all([
      this.users.findMany(userIds.filter((id) => !knownUsers.has(id))),
      this.attachments(messages),
      this.parents(messages),
    ]);
    return { users: new Map([...knownUsers, ...users]), files, parents };
  }

  /** @returns the newest message of each of these chats that has one, by the chat's id */
  async newest(chatIds: readonly string[]): Promise<Map<string, MessageEntity>> {
    return new Map((await this.messages.newest(chatIds)).map((message) => [message.chatId, message]));
  }

  /** How many messages of others a member has not read, who has read down to `readSeq`. */
  countUnread(chatId: string, userId: string, readSeq: number): Promise<number> {
    return this.messages.countUnread(chatId, userId, readSeq);
  }

  /** @returns the files that are attached to these messages, by id */
  attachments(messages: readonly MessageEntity[]): Promise<Map<string, FileEntity>> {
    return this.files.findMany(messages.flatMap(({ attachmentIds }) => attachmentIds));
  }

  /** The messages among the entries of a log behind `afterSeq`, removed ones included, oldest first. */
  log(chatId: string, afterSeq: number, limit: number): Promise<MessageEntity[]> {
    return this.messages.log(chatId, afterSeq, limit);
  }

  private async parents(messages: readonly MessageEntity[]): Promise<Map<string, MessageEntity>> {
    const ids = [...new Set(messages.flatMap(({ parentId }) => parentId ?? []))];
    if (ids.length === 0) return new Map();
    return new Map((await this.messages.findMany(ids)).map((message) => [message.id, message]));
  }
}
