import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { BotTokensService } from '../../auth/index.js';
import { type BotEndpointEntity, type BotProfile, BotsService } from '../../bots/index.js';
import { SubscriptionsRepository } from '../subscriptions.repository.js';
import { ChatsService, type MemberEntity, ChatLog, type ChatLogPosition } from '../../chats/index.js';
import { type UserEntity, UsersService } from '../../users/index.js';
import type { Lease } from '../subscription-leases.js';
import { MembershipHistory, type LogEntry } from '../routing.js';
import type { DeliveryContext, LogPage } from '../transport.js';
import { GroupCommit, type Outcome } from '../../../core/database/group-commit.js';
import { FilesService } from '../../files/index.js';
import { type MessageEntity, MessagesService } from '../../messages/index.js';

/** An endpoint with its bot. */
export interface EndpointProfile {
  endpoint: BotEndpointEntity;
  profile: BotProfile;
  botToken: string;
}

interface CachedProfile extends EndpointProfile {
  version: string;
}

/**
 * Loads and caches endpoints with their bots. Each read compares the versions of the rows, so a change takes effect with the next turn,
 * and a cached profile needs one query instead of five.
 */
@Injectable()
export class EndpointProfiles {
  private readonly cache = new LRUCache<string, CachedProfile>({ max: 2000 });

  constructor(
    private readonly subscriptions: SubscriptionsRepository,
    private readonly bots: BotsService,
    private readonly tokens: BotTokensService,
  ) {}

  /** @returns the existing endpoints, by id */
  async read(endpointIds: Iterable<string>): Promise<Map<string, EndpointProfile>> {
    const versions = await this.subscriptions.endpointVersions([...new Set(endpointIds)]);
    const found = await Promise.all(versions.map((row) => this.load(row)));
    return new Map(found.flatMap((profile) => (profile ? [[profile.endpoint.id, profile]] : [])));
  }

  private async load(row: { id: string; botId: string; version: string }): Promise<EndpointProfile | undefined> {
    const known = this.cache.get(row.id);
    if (known?.version === row.version) return known;
    const [profile, tokens] = await Promise.all([this.bots.find(row.botId), this.tokens.revealMany([row.botId])]);
    const endpoint = profile?.bot.endpoints.find(({ id }) => id === row.id);
    if (!profile || !endpoint) return undefined;
    const fresh = { version: row.version, endpoint, profile, botToken: tokens.get(row.botId) ?? '' };
    this.cache.set(row.id, fresh);
    return fresh;
  }
}

/** Loads the delivery contexts of subscriptions. */
@Injectable()
export class DeliveryContextLoader {
  constructor(
    private readonly profiles: EndpointProfiles,
    private readonly users: UsersService,
    private readonly chats: ChatsService,
  ) {}

  /** @returns for each subscription its context, current up to `chat.lastSeq`; undefined if the endpoint or the chat does not exist */
  async load(leases: readonly Lease[]): Promise<(DeliveryContext | undefined)[]> {
    const [profiles, [chats, memberships]] = await Promise.all([
      this.profiles.read(leases.map(({ endpointId }) => endpointId)),
      this.readChats(leases),
    ]);
    const byMember = new Map(
      memberships.map((membership) => [`${membership.chatId}\n${membership.userId}`, membership]),
    );
    return Promise.all(
      leases.map(async ({ endpointId, chatId, botId }) => {
        const profile = profiles.get(endpointId);
        const chat = chats.get(chatId);
        if (!profile || !chat) return undefined;
        const members = profile.profile.bot.showMember ? await this.readMembers(chatId) : [];
        const membership = byMember.get(`${chatId}\n${botId}`);
        const history = new MembershipHistory(membership, (afterSeq) =>
          this.chats.nextMembershipEvent(chatId, botId, afterSeq),
        );
        return { ...profile, chat, membership, history, members };
      }),
    );
  }

  /** Reads the memberships after the chats, not in parallel, so that they are current for all log entries of the read chats. */
  private async readChats(leases: readonly Lease[]) {
    const chats = await this.chats.findMany(leases.map(({ chatId }) => chatId));
    const memberships = await this.chats.memberships(leases.map(({ chatId, botId }) => ({ chatId, userId: botId })));
    return [chats, memberships] as const;
  }

  private async readMembers(chatId: string): Promise<{ member: MemberEntity; user: UserEntity }[]> {
    const members = await this.chats.members(chatId);
    const users = await this.users.findMany(members.map(({ userId }) => userId));
    return members.flatMap((member) => {
      const user = users.get(member.userId);
      return user ? [{ member, user }] : [];
    });
  }
}

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
  private readonly positions = new GroupCommit<ChatLogPosition, LogPage>(
    (positions) => this.readPages(positions),
    GROUPS,
  );

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
    return this.positions.write({ chatId, afterSeq });
  }

  private async readPages(positions: ChatLogPosition[]): Promise<Outcome<LogPage>[]> {
    const [messages, events] = await Promise.all([
      this.messages.readLogs(positions, PAGE_ENTRIES),
      this.chatLog.readEvents(positions, PAGE_ENTRIES),
    ]);
    const actors = events.flat().flatMap(({ actorId }) => actorId ?? []);
    const [users, files] = await Promise.all([
      this.users.findMany([...messages.flat().flatMap(referencedUsers), ...actors]),
      this.files.findMany(messages.flat().flatMap(({ attachmentIds }) => attachmentIds)),
    ]);
    return positions.map((_, index) => {
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
