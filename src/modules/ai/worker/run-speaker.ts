import { Injectable } from '@nestjs/common';
import { MessageEditor, type MessageEntity, MessagesService } from '../../messages/index.js';
import type { AiRunEntity } from '../ai-run.entity.js';
import { marksOf } from '../answer-marks.js';
import { joinParts } from '../answer-parts.js';
import { EarlierAnswers, type Standing } from '../earlier-answers.js';
import { asBot, NoticeSender } from '../notices/notice-sender.js';
import type { Outcome } from './outcome.js';

/** Publishes the outcome of a run in the chat. */
@Injectable()
export class RunSpeaker {
  constructor(
    private readonly earlierReplies: EarlierAnswers,
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
  async speak(run: AiRunEntity, outcome: Outcome): Promise<MessageEntity | undefined> {
    const { answer, notice } = outcome;
    if (!answer && !notice) return undefined;
    const earlier = await this.earlierReplies.of(run);
    if (notice) {
      return this.notices.send(run, notice.notice, { isAlways: notice.isAlways, insteadOf: earlier.notice });
    }
    return this.publishReply(run, outcome, answer!, earlier);
  }

  private async publishReply(
    run: AiRunEntity,
    { reason }: Outcome,
    { text, state, actions }: NonNullable<Outcome['answer']>,
    earlier: Standing,
  ): Promise<MessageEntity> {
    const actor = asBot(run.botId);
    const metadata = marksOf(run.id, { state, actions: actions?.map((type) => ({ type })) });
    const replaced = earlier.answer ?? earlier.notice;
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
    if (earlier.answer && earlier.notice) await this.editor.remove(actor, earlier.notice.id);
    const body = run.isContinued && earlier.answer ? joinParts(earlier.answer.body, text) : text;
    return this.editor.edit(actor, replaced.id, { ...metadata, body });
  }
}
