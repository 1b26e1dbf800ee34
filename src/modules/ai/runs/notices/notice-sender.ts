import { Injectable } from '@nestjs/common';
import { settleAll } from '../../../../core/database/database.js';
import { SYSTEM_ACTOR } from '../../../auth/index.js';
import { aiSettingsOf, BotsService } from '../../../bots/index.js';
import { type ReplyAction, MessageEditor, type MessageEntity, MessagesService } from '../../../messages/index.js';
import { UsersService } from '../../../users/index.js';
import type { AiRunEntity } from '../ai-run.entity.js';
import { asBot, toReplyMetadata } from '../bot-messages.js';
import { NOTICE_TYPE } from '../../generation/context/context-builder.js';
import type { Notice } from './notices.js';
import { renderNotice } from '../../settings/notice-renderer.js';

/** A bot sends at most one notice per chat in this time. */
const INTERVAL_MS = 30_000;

/** The run that gets no reply. */
type NoticeRun = Pick<AiRunEntity, 'id' | 'botId' | 'chatId' | 'userId'>;

export interface NoticeOptions {
  /** Send it even if there was a notice just now. */
  isUnconditional?: boolean;
  /** Notice of an earlier attempt, which is edited instead of sending another message. */
  replacedNotice?: MessageEntity;
}

/** Sends notices of bots that cannot reply, with the texts of the bot or in the language of the user. */
@Injectable()
export class NoticeSender {
  constructor(
    private readonly messages: MessagesService,
    private readonly editor: MessageEditor,
    private readonly bots: BotsService,
    private readonly users: UsersService,
  ) {}

  /**
   * @returns undefined if there was a notice just now
   * @throws as `MessagesService.send`
   */
  async send(
    run: NoticeRun,
    notice: Notice,
    { isUnconditional = false, replacedNotice }: NoticeOptions = {},
  ): Promise<MessageEntity | undefined> {
    const { id, botId, chatId } = run;
    if (!replacedNotice && !isUnconditional && (await this.hasRecentNotice(botId, chatId))) return undefined;
    const body = await this.textFor(run, notice);
    const metadata = toReplyMetadata(id, { state: 'notice', code: notice.code, actions: actionsOf(notice) });
    if (replacedNotice) return this.editor.edit(asBot(botId), replacedNotice.id, { ...metadata, body });
    return this.messages.send(asBot(botId), {
      ...metadata,
      chatId,
      senderId: botId,
      body,
      dedupKey: `ai-notice:${id}`,
      markAsRead: true,
    });
  }

  private async textFor({ botId, userId }: NoticeRun, notice: Notice): Promise<string> {
    const [profile, users] = await settleAll([this.bots.find(botId), this.users.findMany([userId])]);
    const ai = profile && aiSettingsOf(profile.bot);
    return renderNotice(notice, ai, users.get(userId)?.preferredLanguages ?? []);
  }

  private async hasRecentNotice(botId: string, chatId: string): Promise<boolean> {
    const now = Date.now();
    const [last] = await this.messages.listAround(SYSTEM_ACTOR, {
      chatId,
      anchor: { at: now + INTERVAL_MS },
      before: 1,
      after: 0,
      include: false,
      senderIds: [botId],
      customTypes: [NOTICE_TYPE],
    });
    return last !== undefined && last.createdAt.getTime() > now - INTERVAL_MS;
  }
}

/** Server time. */
const actionsOf = ({ retryAfterMs }: Notice): ReplyAction[] | undefined => {
  if (retryAfterMs === undefined) return undefined;
  return [{ type: 'regenerate', ...(retryAfterMs > 0 ? { notBefore: Date.now() + retryAfterMs } : {}) }];
};
