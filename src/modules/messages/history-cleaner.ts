import { Injectable } from '@nestjs/common';
import { Database, together } from '../../core/database/database.js';
import { DomainEvents } from '../../core/events/domain-events.js';
import type { Actor } from '../auth/index.js';
import { append, ChatLog, mayRun, MemberChatsService, MemberStateService, noRight, roleIn } from '../chats/index.js';
import { HistoryCleared } from './message.events.js';

/** Clears the history of a chat, for one member or for all. */
@Injectable()
export class HistoryCleaner {
  constructor(
    private readonly chats: MemberChatsService,
    private readonly memberStates: MemberStateService,
    private readonly log: ChatLog,
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
      const head = (await this.log.lock([chatId])).get(chatId);
      const { chat, member } = await this.chats.get(actor, chatId);
      if (!head || (chat.kind !== 'personal' && !mayRun(roleIn(chat, member)))) throw noRight(chatId);
      const untilSeq = head.lastSeq;
      const place = append(head, 'event');
      const details = { isCleared: true };
      const event = { chatId, place, type: 'chat.changed', actorId: actor.id, subjectId: null, details } as const;
      await together([this.log.clear(chatId, untilSeq), this.log.insertEvents([event]), this.log.advance([head])]);
    });
  }
}
