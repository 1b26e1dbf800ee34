import { Injectable } from '@nestjs/common';
import { GroupCommit, type Outcome } from '../../../../../core/database/group-commit.js';
import { ChatLog, type ChatLogPosition } from '../../../../chats/index.js';
import { type MessageEntity, MessagesService } from '../../../../messages/index.js';
import type { RelayedEntry } from '../../../socket-relay.js';
import type { LogEntry } from '../../../../deliveries/index.js';

type Found = LogEntry | undefined;

const GROUPS = { maxItems: 64, maxInFlight: 2 };

/** Loads chat log entries by sequence number. Concurrent calls share a statement. */
@Injectable()
export class LogEntryLoader {
  private readonly messageBatch = new GroupCommit<ChatLogPosition, Found>(async (places) => {
    const found = await this.messages.readLogs(places, 1);
    return found.map(([message]) => ({ value: message && { seq: message.seq, message } }));
  }, GROUPS);
  private readonly eventBatch = new GroupCommit<ChatLogPosition, Found>(async (places) => {
    const found = await this.chatLog.readEvents(places, 1);
    return found.map(([event]): Outcome<Found> => ({ value: event && { seq: event.seq, event } }));
  }, GROUPS);

  constructor(
    private readonly messages: MessagesService,
    private readonly chatLog: ChatLog,
  ) {}

  /** @returns undefined if the message is removed or not visible to the bot */
  findMessage(botId: string, id: string): Promise<MessageEntity | undefined> {
    return this.messages.find({ kind: 'bot', id: botId, scopes: [] }, id);
  }

  /** @returns undefined if the entry no longer exists */
  async load({ chatId, seq, isMessage }: RelayedEntry): Promise<Found> {
    const entry = await (isMessage ? this.messageBatch : this.eventBatch).write({ chatId, afterSeq: seq - 1 });
    return entry?.seq === seq ? entry : undefined;
  }
}
