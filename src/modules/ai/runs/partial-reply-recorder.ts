import { Injectable } from '@nestjs/common';
import { ChatsService } from '../../chats/index.js';
import { DraftsService, MessagesService } from '../../messages/index.js';
import type { StoppedRun } from './ai-runs.repository.js';
import { asBot, toReplyMetadata } from './bot-messages.js';

/** Keeps the visible text of active runs as interrupted replies when their bot is deleted. */
@Injectable()
export class PartialReplyRecorder {
  constructor(
    private readonly chats: ChatsService,
    private readonly messages: MessagesService,
    private readonly drafts: DraftsService,
  ) {}

  /** Runs in the transaction that deletes the bot and its drafts, because no worker could do it later. */
  async record(stopped: readonly StoppedRun[]): Promise<void> {
    for (const run of stopped) {
      const messageId = await this.send(run);
      const draft = { id: run.id, chatId: run.chatId, senderId: run.botId };
      await this.drafts.close(draft, messageId === undefined ? 'dropped' : 'interrupted', messageId ?? '');
    }
  }

  /** @returns the message id; undefined if there is no text, or the chat is personal and deleted with the bot */
  private async send({ id, botId, chatId, attempt }: StoppedRun): Promise<string | undefined> {
    const body = ((await this.drafts.findText(id)) ?? '').trim();
    const isPersonal = (await this.chats.find(chatId))?.kind === 'personal';
    // After a regeneration, the previous reply stays.
    if (!body || isPersonal || attempt > 1) return undefined;
    const message = await this.messages.send(asBot(botId), {
      ...toReplyMetadata(id, { state: 'interrupted' }),
      chatId,
      senderId: botId,
      body,
      dedupKey: `ai:${id}`,
      hasLeft: true,
    });
    return message.id;
  }
}
