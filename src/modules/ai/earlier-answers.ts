import { Injectable } from '@nestjs/common';
import { type MessageEntity, MessagesService } from '../messages/index.js';
import type { AiRunEntity } from './ai-run.entity.js';
import { AiRunsRepository } from './ai-runs.repository.js';
import { asBot } from './notices/notice-sender.js';

/** What the attempts before have left in the chat. */
export interface Standing {
  answer?: MessageEntity;
  /** That there is no answer. */
  notice?: MessageEntity;
}

/** Finds what was said to a question before it was asked again. */
@Injectable()
export class EarlierAnswers {
  constructor(
    private readonly runs: AiRunsRepository,
    private readonly messages: MessagesService,
  ) {}

  /** The last of each kind that still stands, and that the bot may change. */
  async of({ botId, triggerId, attempt }: AiRunEntity): Promise<Standing> {
    const standing: Standing = {};
    if (attempt === 1) return standing;
    const runs = await this.runs.ofTrigger(botId, triggerId);
    for (const id of new Set(runs.flatMap(({ messageId }) => messageId ?? []))) {
      const message = await this.messages.find(asBot(botId), id);
      if (!message) continue;
      if (message.extras?.answer?.state === 'notice') standing.notice ??= message;
      else standing.answer ??= message;
    }
    return standing;
  }
}
