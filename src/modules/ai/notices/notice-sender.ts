import { Injectable } from '@nestjs/common';
import { together } from '../../../core/database/database.js';
import { type Actor, SYSTEM } from '../../auth/index.js';
import { aiOf, BotsService } from '../../bots/index.js';
import { type AnswerAction, MessageEditor, type MessageEntity, MessagesService } from '../../messages/index.js';
import { UsersService } from '../../users/index.js';
import type { AiRunEntity } from '../ai-run.entity.js';
import { marksOf } from '../answer-marks.js';
import { NOTICE_TYPE } from '../context/context-builder.js';
import type { Notice } from './notices.js';
import { wordsOf } from './notice-words.js';

/** In a chat there is one notice in this time at most: who has read the first knows. */
const QUIET_MS = 30_000;

/** A bot, acting of its own accord. */
export const asBot = (botId: string): Actor => ({ kind: 'bot', id: botId, scopes: [] });

/** What is not answered. */
type Question = Pick<AiRunEntity, 'id' | 'botId' | 'chatId' | 'userId'>;

export interface NoticeOptions {
  /** Also when there was a notice just now: it is the answer to what was said. */
  isAlways?: boolean;
  /** The notice of an earlier attempt at the same question, whose place this one takes. */
  insteadOf?: MessageEntity;
}

/** Says in a bot's name why there is no answer, in its own words if it has any, and in the language of who has asked. */
@Injectable()
export class NoticeSender {
  constructor(
    private readonly messages: MessagesService,
    private readonly editor: MessageEditor,
    private readonly bots: BotsService,
    private readonly users: UsersService,
  ) {}

  /**
   * @returns undefined when there was one just now
   * @throws as `MessagesService.send`
   */
  async send(
    question: Question,
    notice: Notice,
    { isAlways = false, insteadOf }: NoticeOptions = {},
  ): Promise<MessageEntity | undefined> {
    const { id, botId, chatId } = question;
    if (!insteadOf && !isAlways && (await this.hasSpoken(botId, chatId))) return undefined;
    const body = await this.wordsFor(question, notice);
    const marks = marksOf(id, { state: 'notice', code: notice.code, actions: actionsOf(notice) });
    if (insteadOf) return this.editor.edit(asBot(botId), insteadOf.id, { ...marks, body });
    return this.messages.send(asBot(botId), {
      ...marks,
      chatId,
      senderId: botId,
      body,
      dedupKey: `ai-notice:${id}`,
      markAsRead: true,
    });
  }

  private async wordsFor({ botId, userId }: Question, notice: Notice): Promise<string> {
    const [profile, users] = await together([this.bots.find(botId), this.users.findMany([userId])]);
    const ai = profile && aiOf(profile.bot);
    return wordsOf(notice, ai, users.get(userId)?.preferredLanguages ?? []);
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

/** Measured by our own clock: viewers have another. */
const actionsOf = ({ retryAfterMs }: Notice): AnswerAction[] | undefined => {
  if (retryAfterMs === undefined) return undefined;
  return [{ type: 'regenerate', ...(retryAfterMs > 0 ? { notBefore: Date.now() + retryAfterMs } : {}) }];
};
