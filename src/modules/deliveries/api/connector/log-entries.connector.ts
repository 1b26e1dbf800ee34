import { Injectable } from '@nestjs/common';
import { ChatLog } from '../../../chats/index.js';
import { MessagesService } from '../../../messages/index.js';
import type { LogEntry } from '../../routing.js';

/** Single entries of logs, by their numbers. */
@Injectable()
export class LogEntries {
  constructor(
    private readonly messages: MessagesService,
    private readonly log: ChatLog,
  ) {}

  async get(chatId: string, seq: number): Promise<LogEntry | undefined> {
    const places = [{ chatId, afterSeq: seq - 1 }];
    const [[[message]], [[event]]] = await Promise.all([this.messages.logs(places, 1), this.log.entries(places, 1)]);
    if (message?.seq === seq) return { seq, message };
    return event?.seq === seq ? { seq, event } : undefined;
  }
}
