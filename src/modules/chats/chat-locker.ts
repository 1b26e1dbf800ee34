import { Injectable } from '@nestjs/common';
import { Database } from '../../core/database/database.js';
import type { Actor } from '../auth/index.js';
import type { ChatEventDetails } from './chat-event.entity.js';
import { append, ChatLog, type LogHead } from './chat-log.js';
import { mayRun, roleIn } from './chat-roles.js';
import { chatNotFound, noRight, notAGroup } from './chat.errors.js';
import { MemberChatsService, type MembersView } from './member-chats.service.js';

/** A locked chat with the membership of the actor. */
export interface LockedChat extends MembersView {
  head: LogHead;
}

/** Locks chats for changes by their members, and logs the changes. */
@Injectable()
export class ChatLocker {
  constructor(
    private readonly views: MemberChatsService,
    private readonly chatLog: ChatLog,
    private readonly database: Database,
  ) {}

  /** Runs `work` under the lock. @throws DomainError invalid `chat.not_a_group` unless the chat is a group or a channel */
  change<T>(actor: Actor, chatId: string, work: (chat: LockedChat) => Promise<T>): Promise<T> {
    return this.database.transaction(async () => {
      const locked = await this.lock(actor, chatId);
      if (locked.chat.kind !== 'group' && locked.chat.kind !== 'channel') throw notAGroup(chatId);
      const before = locked.head.lastSeq;
      const result = await work(locked);
      if (locked.head.lastSeq > before) await this.chatLog.advance([locked.head]);
      return result;
    });
  }

  /** Requires an open transaction. */
  async lock(actor: Actor, chatId: string): Promise<LockedChat> {
    const head = (await this.chatLog.lock([chatId])).get(chatId);
    if (!head) throw chatNotFound(chatId);
    return { ...(await this.views.get(actor, chatId)), head };
  }

  /** Adds a `chat.changed` entry to the log. */
  async note({ head, chat }: LockedChat, actor: Actor, details: ChatEventDetails): Promise<void> {
    const position = append(head, 'event');
    const event = {
      chatId: chat.id,
      place: position,
      type: 'chat.changed',
      actorId: actor.id,
      subjectId: null,
      details,
    } as const;
    await this.chatLog.insertEvents([event]);
  }
}

/** @throws DomainError forbidden `chat.no_right` unless the member may manage the chat */
export function requireRight({ chat, member }: MembersView): void {
  if (!mayRun(roleIn(chat, member))) throw noRight(chat.id);
}
