import { Injectable } from '@nestjs/common';
import { Database } from '../../core/database/database.js';
import type { Actor } from '../auth/index.js';
import type { ChatEventDetails } from './chat-event.entity.js';
import { nextEntry, ChatLog, type ChatLogHead } from './chat-log.js';
import { canManage, roleOf } from './chat-roles.js';
import { chatNotFound, noRight, notAGroup } from './chat.errors.js';
import { MemberChatsService, type MemberChat } from './member-chats.service.js';

/** A locked chat with the membership of the actor. */
export interface LockedChat extends MemberChat {
  head: ChatLogHead;
}

/** Locks chats for changes by their members, and logs the changes. */
@Injectable()
export class ChatLocks {
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
  async recordChange({ head, chat }: LockedChat, actor: Actor, details: ChatEventDetails): Promise<void> {
    const position = nextEntry(head, 'event');
    const event = {
      chatId: chat.id,
      position,
      type: 'chat.changed',
      actorId: actor.id,
      subjectId: null,
      details,
    } as const;
    await this.chatLog.insertEvents([event]);
  }
}

/** @throws DomainError forbidden `chat.no_right` unless the member may manage the chat */
export function requireManager({ chat, member }: MemberChat): void {
  if (!canManage(roleOf(chat, member))) throw noRight(chat.id);
}
