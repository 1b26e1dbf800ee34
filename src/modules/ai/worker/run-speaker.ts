import { Injectable } from '@nestjs/common';
import { MessageEditor, type MessageEntity, MessagesService } from '../../messages/index.js';
import type { AiRunEntity } from '../ai-run.entity.js';
import { marksOf } from '../answer-marks.js';
import { joinParts } from '../answer-parts.js';
import { EarlierAnswers, type Standing } from '../earlier-answers.js';
import { asBot, NoticeSender } from '../notices/notice-sender.js';
import type { Outcome } from './outcome.js';

/** Says in a chat what a run has come to. */
@Injectable()
export class RunSpeaker {
  constructor(
    private readonly earlier: EarlierAnswers,
    private readonly messages: MessagesService,
    private readonly editor: MessageEditor,
    private readonly notices: NoticeSender,
  ) {}

  /**
   * There is one message to a question, however often it is asked: an answer takes the place of the one before, or of the notice that
   * there was none, and so does another notice. A new message further down would leave an apology for what was done in the end.
   *
   * @returns the message; undefined when there is nothing to say
   * @throws as `MessagesService.send`
   */
  async speak(run: AiRunEntity, outcome: Outcome): Promise<MessageEntity | undefined> {
    const { answer, notice } = outcome;
    if (!answer && !notice) return undefined;
    const standing = await this.earlier.of(run);
    if (notice) {
      return this.notices.send(run, notice.notice, { isAlways: notice.isAlways, insteadOf: standing.notice });
    }
    return this.answer(run, outcome, answer!, standing);
  }

  private async answer(
    run: AiRunEntity,
    { reason }: Outcome,
    { text, state, actions }: NonNullable<Outcome['answer']>,
    standing: Standing,
  ): Promise<MessageEntity> {
    const actor = asBot(run.botId);
    const marks = marksOf(run.id, { state, actions: actions?.map((type) => ({ type })) });
    const earlier = standing.answer ?? standing.notice;
    if (!earlier) {
      return this.messages.send(actor, {
        ...marks,
        chatId: run.chatId,
        senderId: run.botId,
        body: text,
        dedupKey: `ai:${run.id}`,
        hasLeft: reason === 'bot_left',
        markAsRead: true,
      });
    }
    if (standing.answer && standing.notice) await this.editor.remove(actor, standing.notice.id);
    const body = run.isContinued && standing.answer ? joinParts(standing.answer.body, text) : text;
    return this.editor.edit(actor, earlier.id, { ...marks, body });
  }
}
