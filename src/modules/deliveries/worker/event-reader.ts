import { Injectable } from '@nestjs/common';
import { ChatLog } from '../../chats/index.js';
import { FilesService } from '../../files/index.js';
import { type MessageEntity, MessagesService } from '../../messages/index.js';
import { UsersService } from '../../users/index.js';
import type { Lease } from '../lanes.repository.js';
import type { LogEntry } from '../routing.js';
import type { LaneContext, LogPage } from '../transport.js';
import { LaneContextReader } from './lane-context.reader.js';

/** Reads what a lane has to tell, in few queries whatever the number of entries. */
@Injectable()
export class EventReader {
  constructor(
    private readonly contexts: LaneContextReader,
    private readonly log: ChatLog,
    private readonly messages: MessagesService,
    private readonly users: UsersService,
    private readonly files: FilesService,
  ) {}

  /** @returns undefined when the endpoint or the chat is gone */
  context(lease: Lease): Promise<LaneContext | undefined> {
    return this.contexts.read(lease);
  }

  /** @param limit of entries */
  async page(chatId: string, afterSeq: number, limit: number): Promise<LogPage> {
    const [messages, events] = await Promise.all([
      this.messages.log(chatId, afterSeq, limit),
      this.log.entries(chatId, afterSeq, limit),
    ]);
    const entries = [
      ...messages.map((message): LogEntry => ({ seq: message.seq, message })),
      ...events.map((event): LogEntry => ({ seq: event.seq, event })),
    ]
      .sort((a, b) => a.seq - b.seq)
      .slice(0, limit);
    const [users, files] = await Promise.all([
      this.users.findMany([...messages.flatMap(namedUsers), ...events.flatMap(({ actorId }) => actorId ?? [])]),
      this.files.findMany(messages.flatMap(({ attachmentIds }) => attachmentIds)),
    ]);
    return { entries, users, files };
  }
}

const namedUsers = ({ senderId, mentionedIds }: MessageEntity): string[] =>
  senderId === null ? mentionedIds : [senderId, ...mentionedIds];
