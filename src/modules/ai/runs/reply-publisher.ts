import { Injectable } from '@nestjs/common';
import { MessageEditor, type MessageEntity, MessagesService } from '../../messages/index.js';
import type { AiRunEntity } from './ai-run.entity.js';
import { asBot, toReplyMetadata } from './bot-messages.js';
import { joinParts } from '../generation/reply-parts.js';
import { EarlierRepliesLoader, type EarlierReplies } from './earlier-replies-loader.js';
import { NoticeSender } from './notices/notice-sender.js';
import type { Outcome } from './outcome.js';

/** Publishes the outcome of a run in the chat. */
@Injectable()
export class ReplyPublisher {
  constructor(
    private readonly earlierReplies: EarlierRepliesLoader,
    private readonly messages: MessagesService,
    private readonly editor: MessageEditor,
    private readonly notices: NoticeSender,
  ) {}

  /**
   * Each trigger has one message, however many attempts there are: a reply or notice replaces the reply or notice of the previous
   * attempt by an edit. Otherwise an outdated error notice would stay above the reply.
   *
   * @returns undefined if there is nothing to publish
   * @throws as `MessagesService.send`
   */
  async publish(run: AiRunEntity, outcome: Outcome): Promise<MessageEntity | undefined> {
    const { reply, notice } = outcome;
    if (!reply && !notice) return undefined;
    const earlier = await this.earlierReplies.load(run);
    if (notice) {
      return this.notices.send(run, notice.notice, {
        isUnconditional: notice.isUnconditional,
        replacedNotice: earlier.notice,
      });
    }
    return this.publishReply(run, outcome, reply!, earlier);
  }

  private async publishReply(
    run: AiRunEntity,
    { reason }: Outcome,
    { text, state, actions }: NonNullable<Outcome['reply']>,
    earlier: EarlierReplies,
  ): Promise<MessageEntity> {
    const actor = asBot(run.botId);
    const metadata = toReplyMetadata(run.id, { state, actions: actions?.map((type) => ({ type })) });
    const replaced = earlier.reply ?? earlier.notice;
    if (!replaced) {
      return this.messages.send(actor, {
        ...metadata,
        chatId: run.chatId,
        senderId: run.botId,
        body: text,
        dedupKey: `ai:${run.id}`,
        hasLeft: reason === 'bot_left',
        markAsRead: true,
      });
    }
    if (earlier.reply && earlier.notice) await this.editor.delete(actor, earlier.notice.id);
    const body = run.isContinued && earlier.reply ? joinParts(earlier.reply.body, text) : text;
    return this.editor.edit(actor, replaced.id, { ...metadata, body });
  }
}
