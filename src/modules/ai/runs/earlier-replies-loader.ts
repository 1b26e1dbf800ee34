import { Injectable } from '@nestjs/common';
import { type MessageEntity, MessagesService } from '../../messages/index.js';
import type { AiRunEntity } from './ai-run.entity.js';
import { AiRunsRepository } from './ai-runs.repository.js';
import { asBot } from './bot-messages.js';

/** Messages of the previous attempts. */
export interface EarlierReplies {
  reply?: MessageEntity;
  /** A notice that was sent instead of a reply. */
  notice?: MessageEntity;
}

/** Loads the messages of the previous attempts for the same trigger. */
@Injectable()
export class EarlierRepliesLoader {
  constructor(
    private readonly runs: AiRunsRepository,
    private readonly messages: MessagesService,
  ) {}

  /** The latest message of each kind that still exists and that the bot can edit. */
  async load({ botId, triggerId, attempt }: AiRunEntity): Promise<EarlierReplies> {
    const earlier: EarlierReplies = {};
    if (attempt === 1) return earlier;
    const runs = await this.runs.listByTrigger(botId, triggerId);
    for (const id of new Set(runs.flatMap(({ messageId }) => messageId ?? []))) {
      const message = await this.messages.find(asBot(botId), id);
      if (!message) continue;
      if (message.extras?.answer?.state === 'notice') earlier.notice ??= message;
      else earlier.reply ??= message;
    }
    return earlier;
  }
}
