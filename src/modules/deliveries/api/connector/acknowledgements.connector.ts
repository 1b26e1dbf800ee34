import { Injectable } from '@nestjs/common';
import { MessagesService, PresenceService } from '../../../messages/index.js';
import { MissedMessagesService } from '../../connector/missed-messages.service.js';
import type { HandedEntry } from '../../connector/socket-link.js';

/** What a session acknowledges, the bot has read; and its author may know. */
@Injectable()
export class Acknowledgements {
  constructor(
    private readonly missed: MissedMessagesService,
    private readonly messages: MessagesService,
    private readonly presence: PresenceService,
  ) {}

  async note({ botId, endpointId, chatId, seq }: HandedEntry): Promise<void> {
    const [[message]] = await this.messages.logs([{ chatId, afterSeq: seq - 1 }], 1);
    if (message?.seq !== seq) return;
    await Promise.all([this.missed.acknowledge(endpointId, message.id), this.presence.noteRead(botId, message)]);
  }
}
