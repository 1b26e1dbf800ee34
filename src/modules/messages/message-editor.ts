import { Injectable } from '@nestjs/common';
import { Database } from '../../core/database/database.js';
import { DomainEvents } from '../../core/events/domain-events.js';
import { type Actor, mayActAs } from '../auth/index.js';
import { append, ChatLog, ChatsService, type LogEntryPlace } from '../chats/index.js';
import type { MessageEntity } from './message.entity.js';
import { bodyTooLong, messageNotFound, notYourMessage } from './message.errors.js';
import { MessagesEdited, MessagesRemoved } from './message.events.js';
import type { EditMessage } from './message.types.js';
import { MessagesRepository } from './messages.repository.js';

/** What is left of a message that is gone for all: its place in the log, and who has said it. */
const EMPTIED: Partial<MessageEntity> = {
  body: '',
  customType: '',
  data: '',
  mentionedIds: [],
  attachmentIds: [],
  extras: null,
};

/** What came of a change: nothing, when the message is what it should be already. */
type Change = { type: 'message.edited' | 'message.removed'; fields: Partial<MessageEntity> };

/**
 * Changes what has been said. The change is an entry of the chat's log like any other, so whoever follows the log hears of it in
 * its order. Operators may change any message, others their own, as long as they are in the chat.
 */
@Injectable()
export class MessageEditor {
  constructor(
    private readonly messages: MessagesRepository,
    private readonly chats: ChatsService,
    private readonly log: ChatLog,
    private readonly events: DomainEvents,
    private readonly database: Database,
  ) {}

  /**
   * Publishes `MessagesEdited`.
   *
   * @returns the message as it is now
   * @throws DomainError not_found `message.not_found`; forbidden `chat.not_member`, `message.not_yours`; invalid `message.body_too_long`
   */
  async edit(actor: Actor, id: string, { limits, mentionedIds, ...given }: EditMessage): Promise<MessageEntity> {
    const { maxBodyBytes = Infinity } = limits ?? {};
    const fields: Partial<MessageEntity> = Object.fromEntries(
      Object.entries({ ...given, mentionedIds: mentionedIds && [...new Set(mentionedIds)] }).filter(
        ([, value]) => value !== undefined,
      ),
    );
    return this.change(actor, id, () => {
      if (Buffer.byteLength(given.body ?? '') > maxBodyBytes) throw bodyTooLong(maxBodyBytes);
      return { type: 'message.edited', fields };
    });
  }

  /**
   * Removes a message for all: its text and all that hangs on it are gone. Publishes `MessagesRemoved`.
   *
   * @returns what is left of it
   * @throws DomainError not_found `message.not_found`; forbidden `chat.not_member`, `message.not_yours`
   */
  async remove(actor: Actor, id: string): Promise<MessageEntity> {
    return this.change(actor, id, () => ({ type: 'message.removed', fields: EMPTIED }));
  }

  private change(actor: Actor, id: string, decide: () => Change): Promise<MessageEntity> {
    return this.database.transaction(async () => {
      const { chatId } = await this.find(id);
      const head = (await this.log.lock([chatId])).get(chatId);
      if (!head) throw messageNotFound(id);
      // Once more, under the lock: of two that remove it at once, the later one finds it gone.
      const message = await this.find(id);
      await this.chats.getFor(actor, chatId);
      if (actor.kind !== 'operator' && (message.senderId === null || !mayActAs(actor, message.senderId)))
        throw notYourMessage();
      const { type, fields } = decide();
      const place = append(head, 'event');
      const removed = type === 'message.removed';
      if (removed) head.newMessages -= 1;
      await this.store(message, { ...fields, ...timesOf(place, removed) });
      const actorId = actor.kind === 'operator' ? null : actor.id;
      await this.log.insertEvents([{ chatId, type, actorId, subjectId: id, place }]);
      await this.events.publish(removed ? new MessagesRemoved([message]) : new MessagesEdited([message]));
      await this.log.advance([head]);
      return message;
    });
  }

  private async find(id: string): Promise<MessageEntity> {
    const message = await this.messages.find(id);
    if (!message || message.removedAt) throw messageNotFound(id);
    return message;
  }

  private async store(message: MessageEntity, changes: Partial<MessageEntity>): Promise<void> {
    await this.messages.update(message.id, changes);
    Object.assign(message, changes);
  }
}

const timesOf = ({ at }: LogEntryPlace, removed: boolean): Partial<MessageEntity> =>
  removed ? { removedAt: new Date(at) } : { updatedAt: new Date(at) };
