import { Injectable } from '@nestjs/common';
import { GroupCommit, type Outcome } from '../../../../core/database/group-commit.js';
import { ChatLog, type LogPlace } from '../../../chats/index.js';
import { type MessageEntity, MessagesService } from '../../../messages/index.js';
import type { HandedEntry } from '../../connector/socket-link.js';
import type { LogEntry } from '../../routing.js';

type Found = LogEntry | undefined;

const GROUPS = { maxItems: 64, maxInFlight: 2 };

/** Single entries of logs, by their numbers; what is wanted in one moment is read together. */
@Injectable()
export class LogEntries {
  private readonly wantedMessages = new GroupCommit<LogPlace, Found>(async (places) => {
    const found = await this.messages.logs(places, 1);
    return found.map(([message]) => ({ value: message && { seq: message.seq, message } }));
  }, GROUPS);
  private readonly wantedEvents = new GroupCommit<LogPlace, Found>(async (places) => {
    const found = await this.log.entries(places, 1);
    return found.map(([event]): Outcome<Found> => ({ value: event && { seq: event.seq, event } }));
  }, GROUPS);

  constructor(
    private readonly messages: MessagesService,
    private readonly log: ChatLog,
  ) {}

  /** @returns undefined for a message that is gone, or that the bot does not see */
  message(botId: string, id: string): Promise<MessageEntity | undefined> {
    return this.messages.find({ kind: 'bot', id: botId, scopes: [] }, id);
  }

  /** @returns undefined for one that is gone */
  async get({ chatId, seq, isMessage }: HandedEntry): Promise<Found> {
    const entry = await (isMessage ? this.wantedMessages : this.wantedEvents).write({ chatId, afterSeq: seq - 1 });
    return entry?.seq === seq ? entry : undefined;
  }
}
