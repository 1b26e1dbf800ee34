import { Injectable } from '@nestjs/common';
import { Database, settleAll } from '../../core/database/database.js';
import { DomainEvents } from '../../core/events/domain-events.js';
import { type Actor, canActAs } from '../auth/index.js';
import {
  nextEntry,
  ChatLog,
  chatNotFound,
  ChatsService,
  type ChatLogEntryPosition,
  type ChatLogHead,
  type Membership,
  notAMember,
} from '../chats/index.js';
import { CLEARED_FIELDS, type MessageEntity } from './message.entity.js';
import { bodyTooLong, messageNotFound, notMessageSender } from './message.errors.js';
import { MessagesEdited, MessagesRemoved } from './message.events.js';
import type { EditMessage } from './message.types.js';
import { MessagesRepository } from './messages.repository.js';

/** A message by its id, or by its chat and its integer. */
export type MessageSelector = string | { chatId: string; num: number };

/** The change to write. */
type Change = { type: 'message.edited' | 'message.removed'; fields: Partial<MessageEntity> };

/**
 * Edits and deletes messages. Each change is an entry of the chat log, so every subscription receives it in order. API credentials can
 * change any message, members only their own while they are in the chat. Group operators can also delete messages of others. Forwarded
 * messages cannot be edited: their content belongs to the original sender.
 */
@Injectable()
export class MessageEditor {
  constructor(
    private readonly messages: MessagesRepository,
    private readonly chats: ChatsService,
    private readonly chatLog: ChatLog,
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
    which: MessageSelector,
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
  async delete(actor: Actor, which: MessageSelector): Promise<void> {
    await this.change(actor, which, () => ({ type: 'message.removed', fields: CLEARED_FIELDS }));
  }

  private change(actor: Actor, which: MessageSelector, decide: () => Change): Promise<MessageEntity> {
    return this.database.transaction(async () => {
      const { chatId } = typeof which === 'string' ? requireExisting(await this.messages.find(which), which) : which;
      // The message is read after the lock: of two concurrent deletions, the second finds it deleted.
      const [heads, found, memberships] = await settleAll([
        this.chatLog.lock([chatId]),
        typeof which === 'string' ? this.messages.find(which) : this.messages.findByNum(chatId, which.num),
        actor.kind === 'service' ? [] : this.chats.memberships([{ chatId, userId: actor.id }]),
      ]);
      const head = heads.get(chatId);
      if (!head) throw chatNotFound(chatId);
      const message = requireExisting(found, typeof which === 'string' ? which : String(which.num));
      const { type, fields } = decide();
      requireCanChange(actor, head, message, memberships[0], type);
      const position = nextEntry(head, 'event');
      const removed = type === 'message.removed';
      if (removed) head.newMessages -= 1;
      Object.assign(message, fields, timesOf(position, removed));
      const actorId = actor.kind === 'service' ? null : actor.id;
      await settleAll([
        this.messages.update(message),
        this.chatLog.insertEvents([{ chatId, type, actorId, subjectId: message.id, position }]),
        this.events.publish(removed ? new MessagesRemoved([message]) : new MessagesEdited([message])),
        this.chatLog.advance([head]),
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
function requireCanChange(
  actor: Actor,
  head: ChatLogHead,
  { senderId, extras }: MessageEntity,
  membership: Membership | undefined,
  type: Change['type'],
): void {
  if (actor.kind === 'service') return;
  const isOfPair = head.kind === 'personal' && (head.userId === actor.id || head.botId === actor.id);
  if (!isOfPair && membership?.state !== 'joined') throw notAMember(head.chatId, actor.id);
  const isRunByActor = (head.kind === 'group' || head.kind === 'channel') && membership?.role === 'operator';
  if (type === 'message.removed' && isRunByActor) return;
  if (senderId === null || !canActAs(actor, senderId)) throw notMessageSender();
  if (type === 'message.edited' && extras?.forwarded) throw notMessageSender();
}

const timesOf = ({ at }: ChatLogEntryPosition, removed: boolean): Partial<MessageEntity> =>
  removed ? { removedAt: new Date(at) } : { updatedAt: new Date(at) };
