import { Injectable } from '@nestjs/common';
import { ChatsService } from '../chats/index.js';
import { DraftsService, MessagesService } from '../messages/index.js';
import type { StoppedRun } from './ai-runs.repository.js';
import { marksOf } from './answer-marks.js';
import { asBot } from './notices/notice-sender.js';

/** Keeps what has been seen of the answers of a bot that is removed in the middle of them. */
@Injectable()
export class LastWords {
  constructor(
    private readonly chats: ChatsService,
    private readonly messages: MessagesService,
    private readonly drafts: DraftsService,
  ) {}

  /** In the transaction that removes the bot: with it go its runs and drafts, so no worker could do it later. */
  async keep(stopped: readonly StoppedRun[]): Promise<void> {
    for (const run of stopped) {
      const messageId = await this.say(run);
      const draft = { id: run.id, chatId: run.chatId, senderId: run.botId };
      await this.drafts.close(draft, messageId === undefined ? 'dropped' : 'interrupted', messageId ?? '');
    }
  }

  /** @returns the message; undefined when there is nothing to keep, or where: a chat of two goes with the bot */
  private async say({ id, botId, chatId, attempt }: StoppedRun): Promise<string | undefined> {
    const body = ((await this.drafts.keptText(id)) ?? '').trim();
    const isOfPair = (await this.chats.find(chatId))?.kind === 'personal';
    // Of another answer, the one before it stands.
    if (!body || isOfPair || attempt > 1) return undefined;
    const message = await this.messages.send(asBot(botId), {
      ...marksOf(id, { state: 'interrupted' }),
      chatId,
      senderId: botId,
      body,
      dedupKey: `ai:${id}`,
      hasLeft: true,
    });
    return message.id;
  }
}
