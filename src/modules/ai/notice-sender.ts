import { Injectable } from '@nestjs/common';
import { type Actor, SYSTEM } from '../auth/index.js';
import { type MessageEntity, MessagesService } from '../messages/index.js';
import type { RunKey } from './ai-runs.repository.js';
import { NOTICE_TYPE } from './context/context-builder.js';
import type { Notice } from './notices.js';

/** In a chat there is one notice in this time at most: who has read the first knows. */
const QUIET_MS = 30_000;

/** A bot, acting of its own accord. */
export const asBot = (botId: string): Actor => ({ kind: 'bot', id: botId, scopes: [] });

/** Says in a bot's name why there is no answer. */
@Injectable()
export class NoticeSender {
  constructor(private readonly messages: MessagesService) {}

  /**
   * @param isAlways also when there was a notice just now: it is the answer to what was said
   * @returns undefined when there was one
   * @throws as `MessagesService.send`
   */
  async send(
    { id, botId, chatId }: RunKey & { id: string },
    { code, text }: Notice,
    isAlways = false,
  ): Promise<MessageEntity | undefined> {
    if (!isAlways && (await this.hasSpoken(botId, chatId))) return undefined;
    return this.messages.send(asBot(botId), {
      chatId,
      senderId: botId,
      body: text,
      customType: NOTICE_TYPE,
      data: JSON.stringify({ ai_error_code: code }),
      extras: { draftId: id, answer: { state: 'notice', code } },
      dedupKey: `ai-notice:${id}`,
      markAsRead: true,
    });
  }

  private async hasSpoken(botId: string, chatId: string): Promise<boolean> {
    const now = Date.now();
    const [last] = await this.messages.around(SYSTEM, {
      chatId,
      anchor: { at: now + QUIET_MS },
      before: 1,
      after: 0,
      include: false,
      senderIds: [botId],
      customTypes: [NOTICE_TYPE],
    });
    return last !== undefined && last.createdAt.getTime() > now - QUIET_MS;
  }
}
