import { Injectable } from '@nestjs/common';
import { Database, settleAll } from '../../core/database/database.js';
import { DomainEvents } from '../../core/events/domain-events.js';
import type { Actor } from '../auth/index.js';
import {
  nextEntry,
  ChatLog,
  canManage,
  MemberChatsService,
  MemberStateService,
  noRight,
  roleOf,
} from '../chats/index.js';
import { HistoryCleared } from './message.events.js';

/** Clears the history of a chat, for one member or for all. */
@Injectable()
export class HistoryCleaner {
  constructor(
    private readonly chats: MemberChatsService,
    private readonly memberStates: MemberStateService,
    private readonly chatLog: ChatLog,
    private readonly database: Database,
    private readonly events: DomainEvents,
  ) {}

  /** Hides all earlier messages from the actor. @throws DomainError not_found `chat.not_found`; forbidden `chat.not_member` */
  async clear(actor: Actor, chatId: string): Promise<void> {
    await this.chats.get(actor, chatId);
    await this.database.transaction(async () => {
      await this.memberStates.resetHistory(actor, chatId, actor.id);
      await this.events.publish(new HistoryCleared(actor.id, chatId));
    });
  }

  /**
   * Deletes all earlier messages for all members: at once for readers; a deletion task empties the rows in batches. In groups and
   * channels it requires the right to manage the chat.
   *
   * @throws as `clear`; forbidden `chat.no_right`
   */
  async clearForAll(actor: Actor, chatId: string): Promise<void> {
    await this.database.transaction(async () => {
      const head = (await this.chatLog.lock([chatId])).get(chatId);
      const { chat, member } = await this.chats.get(actor, chatId);
      if (!head || (chat.kind !== 'personal' && !canManage(roleOf(chat, member)))) throw noRight(chatId);
      const untilSeq = head.lastSeq;
      const position = nextEntry(head, 'event');
      const details = { isCleared: true };
      const event = { chatId, position, type: 'chat.changed', actorId: actor.id, subjectId: null, details } as const;
      await settleAll([
        this.chatLog.clear(chatId, untilSeq),
        this.chatLog.insertEvents([event]),
        this.chatLog.advance([head]),
      ]);
    });
  }
}
