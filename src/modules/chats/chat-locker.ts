import { Injectable } from '@nestjs/common';
import { Database } from '../../core/database/database.js';
import type { Actor } from '../auth/index.js';
import type { ChatEventDetails } from './chat-event.entity.js';
import { append, ChatLog, type LogHead } from './chat-log.js';
import { mayRun, roleIn } from './chat-roles.js';
import { chatNotFound, noRight, notAGroup } from './chat.errors.js';
import { MemberChatsService, type MembersView } from './member-chats.service.js';

/** A chat under its lock, seen by the member that acts. */
export interface LockedChat extends MembersView {
  head: LogHead;
}

/** Lets members change their chats: one at a time, with an entry in the log. */
@Injectable()
export class ChatLocker {
  constructor(
    private readonly views: MemberChatsService,
    private readonly log: ChatLog,
    private readonly database: Database,
  ) {}

  /** Only groups and channels change. */
  change<T>(actor: Actor, chatId: string, work: (chat: LockedChat) => Promise<T>): Promise<T> {
    return this.database.transaction(async () => {
      const locked = await this.lock(actor, chatId);
      if (locked.chat.kind !== 'group' && locked.chat.kind !== 'channel') throw notAGroup(chatId);
      const before = locked.head.lastSeq;
      const result = await work(locked);
      if (locked.head.lastSeq > before) await this.log.advance([locked.head]);
      return result;
    });
  }

  /** Belongs into a transaction. */
  async lock(actor: Actor, chatId: string): Promise<LockedChat> {
    const head = (await this.log.lock([chatId])).get(chatId);
    if (!head) throw chatNotFound(chatId);
    return { ...(await this.views.get(actor, chatId)), head };
  }

  /** Writes down what has changed. */
  async note({ head, chat }: LockedChat, actor: Actor, details: ChatEventDetails): Promise<void> {
    const place = append(head, 'event');
    const event = {
      chatId: chat.id,
      place,
      type: 'chat.changed',
      actorId: actor.id,
      subjectId: null,
      details,
    } as const;
    await this.log.insertEvents([event]);
  }
}

/** @throws DomainError forbidden `chat.no_right` for who does not run the chat */
export function requireRight({ chat, member }: MembersView): void {
  if (!mayRun(roleIn(chat, member))) throw noRight(chat.id);
}
