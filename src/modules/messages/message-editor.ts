import { Injectable } from '@nestjs/common';
import { Database, together } from '../../core/database/database.js';
import { DomainEvents } from '../../core/events/domain-events.js';
import { type Actor, mayActAs } from '../auth/index.js';
import {
  append,
  ChatLog,
  chatNotFound,
  ChatsService,
  type LogEntryPlace,
  type LogHead,
  type Membership,
  notAMember,
} from '../chats/index.js';
import { EMPTIED, type MessageEntity } from './message.entity.js';
import { bodyTooLong, messageNotFound, notYourMessage } from './message.errors.js';
import { MessagesEdited, MessagesRemoved } from './message.events.js';
import type { EditMessage } from './message.types.js';
import { MessagesRepository } from './messages.repository.js';

/** A message by its id, or by its chat and its integer. */
export type WhichMessage = string | { chatId: string; num: number };

/** The change to write. */
type Change = { type: 'message.edited' | 'message.removed'; fields: Partial<MessageEntity> };

/**
 * Edits and deletes messages. Each change is an entry of the chat log, so every subscription receives it in order. API credentials can
 * change any message, members only their own while they are in the chat. Group operators can also delete messages of others.
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
   * @returns the edited message
   * @throws DomainError not_found `message.not_found`; forbidden `chat.not_member`, `message.not_yours`; invalid `message.body_too_long`
   */
  async edit(
    actor: Actor,
    which: WhichMessage,
    { limits, mentionedIds, ...given }: EditMessage,
  ): Promise<MessageEntity> {
    const { maxBodyBytes = Infinity } = limits ?? {};
    const fields: Partial<MessageEntity> = Object.fromEntries(
      Object.entries({ ...given, mentionedIds: mentionedIds && [...new Set(mentionedIds)] }).filter(
        ([, value]) => value !== undefined,
      ),
    );
    return this.change(actor, which, () => {
      if (Buffer.byteLength(given.body ?? '') > maxBodyBytes) throw bodyTooLong(maxBodyBytes);
      return { type: 'message.edited', fields };
    });
  }

  /**
   * Deletes a message for all, with its text and dependent data. Publishes `MessagesRemoved`.
   *
   * @throws DomainError not_found `message.not_found`; forbidden `chat.not_member`, `message.not_yours`
   */
  async remove(actor: Actor, which: WhichMessage): Promise<void> {
    await this.change(actor, which, () => ({ type: 'message.removed', fields: EMPTIED }));
  }

  private change(actor: Actor, which: WhichMessage, decide: () => Change): Promise<MessageEntity> {
    return this.database.transaction(async () => {
      const { chatId } = typeof which === 'string' ? requireExisting(await this.messages.find(which), which) : which;
      // The message is read after the lock: of two concurrent deletions, the second finds it deleted.
      const [heads, found, memberships] = await together([
        this.log.lock([chatId]),
        typeof which === 'string' ? this.messages.find(which) : this.messages.findByNum(chatId, which.num),
        actor.kind === 'operator' ? [] : this.chats.memberships([{ chatId, userId: actor.id }]),
      ]);
      const head = heads.get(chatId);
      if (!head) throw chatNotFound(chatId);
      const message = requireExisting(found, typeof which === 'string' ? which : String(which.num));
      const { type, fields } = decide();
      checkMayChange(actor, head, message, memberships[0], type);
      const place = append(head, 'event');
      const removed = type === 'message.removed';
      if (removed) head.newMessages -= 1;
      Object.assign(message, fields, timesOf(place, removed));
      const actorId = actor.kind === 'operator' ? null : actor.id;
      await together([
        this.messages.update(message),
        this.log.insertEvents([{ chatId, type, actorId, subjectId: message.id, place }]),
        this.events.publish(removed ? new MessagesRemoved([message]) : new MessagesEdited([message])),
        this.log.advance([head]),
      ]);
      return message;
    });
  }
}

/** @throws DomainError not_found `message.not_found`, also for a deleted message */
function requireExisting(message: MessageEntity | undefined, name: string): MessageEntity {
  if (!message || message.removedAt) throw messageNotFound(name);
  return message;
}

/** @throws DomainError forbidden `chat.not_member`, `message.not_yours` */
function checkMayChange(
  actor: Actor,
  head: LogHead,
  { senderId }: MessageEntity,
  membership: Membership | undefined,
  type: Change['type'],
): void {
  if (actor.kind === 'operator') return;
  const isOfPair = head.kind === 'personal' && (head.userId === actor.id || head.botId === actor.id);
  if (!isOfPair && membership?.state !== 'joined') throw notAMember(head.chatId, actor.id);
  const isRunByActor = (head.kind === 'group' || head.kind === 'channel') && membership?.role === 'operator';
  if (type === 'message.removed' && isRunByActor) return;
  if (senderId === null || !mayActAs(actor, senderId)) throw notYourMessage();
}

const timesOf = ({ at }: LogEntryPlace, removed: boolean): Partial<MessageEntity> =>
  removed ? { removedAt: new Date(at) } : { updatedAt: new Date(at) };
