import { Injectable } from '@nestjs/common';
import { GroupCommit, type Outcome } from '../../../core/database/group-commit.js';
import { ChatLog, type ChatLogPosition } from '../../chats/index.js';
import { FilesService } from '../../files/index.js';
import { type MessageEntity, MessagesService } from '../../messages/index.js';
import { UsersService } from '../../users/index.js';
import type { Lease } from '../subscription-leases.js';
import type { LogEntry } from '../routing.js';
import type { DeliveryContext, LogPage } from '../transport.js';
import { DeliveryContextLoader } from './delivery-context-loader.js';

/** Entries per page; also the maximum per turn. */
export const PAGE_ENTRIES = 20;

/** Turns that begin at the same moment share queries. */
const GROUPS = { maxItems: 64, maxInFlight: 2 };

/** Reads the contexts and log pages of turns, in few queries for any number of turns and entries. */
@Injectable()
export class EventReader {
  private readonly leases = new GroupCommit<Lease, DeliveryContext | undefined>(
    async (leases) => (await this.contexts.load(leases)).map((value) => ({ value })),
    GROUPS,
  );
  private readonly places = new GroupCommit<ChatLogPosition, LogPage>((places) => this.readPages(places), GROUPS);

  constructor(
    private readonly contexts: DeliveryContextLoader,
    private readonly chatLog: ChatLog,
    private readonly messages: MessagesService,
    private readonly users: UsersService,
    private readonly files: FilesService,
  ) {}

  /** @returns undefined if the endpoint or the chat does not exist */
  context(lease: Lease): Promise<DeliveryContext | undefined> {
    return this.leases.write(lease);
  }

  page(chatId: string, afterSeq: number): Promise<LogPage> {
    return this.places.write({ chatId, afterSeq });
  }

  private async readPages(places: ChatLogPosition[]): Promise<Outcome<LogPage>[]> {
    const [messages, events] = await Promise.all([
      this.messages.readLogs(places, PAGE_ENTRIES),
      this.chatLog.readEvents(places, PAGE_ENTRIES),
    ]);
    const actors = events.flat().flatMap(({ actorId }) => actorId ?? []);
    const [users, files] = await Promise.all([
      this.users.findMany([...messages.flat().flatMap(referencedUsers), ...actors]),
      this.files.findMany(messages.flat().flatMap(({ attachmentIds }) => attachmentIds)),
    ]);
    return places.map((_, index) => {
      const entries = [
        ...messages[index].map((message): LogEntry => ({ seq: message.seq, message })),
        ...events[index].map((event): LogEntry => ({ seq: event.seq, event })),
      ];
      return { value: { entries: entries.sort((a, b) => a.seq - b.seq).slice(0, PAGE_ENTRIES), users, files } };
    });
  }
}

const referencedUsers = ({ senderId, mentionedIds }: MessageEntity): string[] =>
  senderId === null ? mentionedIds : [senderId, ...mentionedIds];
