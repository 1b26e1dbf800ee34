import { Injectable } from '@nestjs/common';
import { MessageEditor, type MessageEntity, MessagesService } from '../../messages/index.js';
import type { AiRunEntity } from '../ai-run.entity.js';
import { AiRunsRepository } from '../ai-runs.repository.js';
import { asBot, NoticeSender } from '../notice-sender.js';
import type { Outcome } from './outcome.js';

/** Says in a chat what a run has come to. */
@Injectable()
export class RunSpeaker {
  constructor(
    private readonly runs: AiRunsRepository,
    private readonly messages: MessagesService,
    private readonly editor: MessageEditor,
    private readonly notices: NoticeSender,
  ) {}

  /** @returns the message; undefined when there is nothing to say. @throws as `MessagesService.send` */
  async speak(run: AiRunEntity, { answer, notice, reason }: Outcome): Promise<MessageEntity | undefined> {
    if (notice) return this.notices.send(run, notice.notice, notice.isAlways);
    if (!answer) return undefined;
    const actor = asBot(run.botId);
    const extras = { draftId: run.id, answer: { state: answer.state } };
    const earlier = run.attempt > 1 ? await this.earlierAnswer(run) : undefined;
    if (earlier) return this.editor.edit(actor, earlier, { body: answer.text, extras });
    return this.messages.send(actor, {
      chatId: run.chatId,
      senderId: run.botId,
      body: answer.text,
      extras,
      dedupKey: `ai:${run.id}`,
      hasLeft: reason === 'bot_left',
      markAsRead: true,
    });
  }

  /** The answer of an earlier attempt that still stands: a new one takes its place. */
  private async earlierAnswer({ botId, triggerId }: AiRunEntity): Promise<string | undefined> {
    for (const { messageId, state } of await this.runs.ofTrigger(botId, triggerId)) {
      if (!messageId || (state !== 'completed' && state !== 'interrupted')) continue;
      const message = await this.messages.find(asBot(botId), messageId);
      if (message) return message.id;
    }
    return undefined;
  }
}
