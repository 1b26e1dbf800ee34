import { Injectable } from '@nestjs/common';
import { Settings } from '../../../../core/config/settings.js';
import { Database, settleAll } from '../../../../core/database/database.js';
import type { PlatformMessageDto } from '../../../messages/api/platform/messages.platform.dto.js';
import { toPlatformMessage } from '../../../messages/api/platform/messages.platform.mapper.js';
import { type MessageEntity, MessagesService, ReadReceiptsService, type UnreadCount } from '../../../messages/index.js';
import { UsersService } from '../../../users/index.js';
import { ChatQueries, type ChatsMembers } from '../../chat-queries.js';
import type { ChatEntity } from '../../chat.entity.js';
import type { MemberEntity } from '../../member.entity.js';
import type { PlatformChannelDto } from './chats.platform.dto.js';
import { type ChannelOptions, toPlatformChannel } from './chats.platform.mapper.js';

/** The data of channel views, without the last messages. */
interface ChannelData extends ChatsMembers {
  chats: readonly ChatEntity[];
  unread: readonly UnreadCount[];
}

/** The newest message of each channel and its DTO, by chat id. */
interface LastMessages {
  newest: ReadonlyMap<string, MessageEntity>;
  dtos: ReadonlyMap<string, PlatformMessageDto>;
}

/**
 * Builds the channels of the Platform API: a chat with its members, its last message and optionally one user's view. One round trip
 * to the database loads the channels while two load their last messages, for any number of channels.
 */
@Injectable()
export class ChatsPlatformViews {
  constructor(
    private readonly users: UsersService,
    private readonly chatQueries: ChatQueries,
    private readonly messages: MessagesService,
    private readonly receipts: ReadReceiptsService,
    private readonly settings: Settings,
    private readonly database: Database,
  ) {}

  /** @throws DomainError not_found `chat.not_found`; `user.not_found` for an unknown viewer */
  async get(chatId: string, options: ChannelOptions): Promise<PlatformChannelDto> {
    const [data, last] = await settleAll([
      this.load([chatId], { ...options, single: true }),
      this.lastMessages([chatId]),
    ]);
    return (await this.render(data, last, { ...options, single: true }))[0];
  }

  /** In the order of the chats. @throws as `one` */
  async getMany(chats: readonly ChatEntity[], options: ChannelOptions): Promise<PlatformChannelDto[]> {
    const ids = chats.map(({ id }) => id);
    const [data, last] = await settleAll([this.load(ids, options, chats), this.lastMessages(ids)]);
    return this.render(data, last, options);
  }

  /** Changes channels and returns them with their members. The last messages, which do not change, are loaded at the same time. */
  async updateMany(chatIds: readonly string[], change: () => Promise<unknown>): Promise<PlatformChannelDto[]> {
    const [data, last] = await settleAll([
      this.database.transactionThenRead(change, () => this.load(chatIds, WITH_MEMBERS)),
      this.lastMessages(chatIds),
    ]);
    return this.render(data, last, WITH_MEMBERS);
  }

  /** Like `updateMany`, for one channel. */
  async update(chatId: string, change: () => Promise<unknown>): Promise<PlatformChannelDto> {
    const [view] = await this.updateMany([chatId], change);
    return view;
  }

  /** Creates a channel, or finds the existing distinct one, and returns it. */
  async create(open: () => Promise<ChatEntity>): Promise<PlatformChannelDto> {
    const [data, newest] = await this.database.transactionThenRead(open, (chat) =>
      settleAll([this.load([chat.id], WITH_MEMBERS, [chat]), this.messages.findNewest([chat.id])]),
    );
    const [view] = await this.render(data, await this.toLastMessages(newest), WITH_MEMBERS);
    return view;
  }

  /** @param known the chats, if already loaded */
  private async load(
    chatIds: readonly string[],
    options: ChannelOptions,
    known?: readonly ChatEntity[],
  ): Promise<ChannelData> {
    const { viewerId } = options;
    const all = Boolean(options.showMembers || options.showReadReceipt || options.showDeliveryReceipt);
    const [chats, members, unread] = await settleAll([
      known ?? this.chatQueries.getMany(chatIds),
      this.chatQueries.loadMembers(chatIds, { all, operators: options.single, userId: viewerId }),
      viewerId === undefined ? [] : this.receipts.countUnread(chatIds.map((chatId) => ({ chatId, userId: viewerId }))),
    ]);
    return { ...members, chats, unread };
  }

  private async render(
    { chats, summaries, members, operatorIds, own, users, unread }: ChannelData,
    last: LastMessages,
    options: ChannelOptions,
  ): Promise<PlatformChannelDto[]> {
    const { viewerId } = options;
    if (viewerId !== undefined && !users.has(viewerId)) await this.users.get(viewerId);
    const unreadOf = new Map(unread.map((count) => [count.chatId, count]));
    return chats.map((chat) => {
      const data = {
        chat,
        summary: summaries.get(chat.id),
        members: members.get(chat.id) ?? [],
        operatorIds: operatorIds.get(chat.id) ?? [],
        viewer: unhideByMessage(own.get(chat.id), last.newest.get(chat.id)),
        users,
        unreadCount: unreadOf.get(chat.id)?.unread ?? 0,
        mentionCount: unreadOf.get(chat.id)?.mentions ?? 0,
        lastMessage: last.dtos.get(chat.id) ?? null,
      };
      return toPlatformChannel(data, options);
    });
  }

  private async lastMessages(chatIds: readonly string[]): Promise<LastMessages> {
    return this.toLastMessages(await this.messages.findNewest(chatIds));
  }

  private async toLastMessages(newest: ReadonlyMap<string, MessageEntity>): Promise<LastMessages> {
    const around = await this.messages.loadReferences([...newest.values()]);
    const { publicUrl } = this.settings;
    const dtos = [...newest].map(([id, message]) => [id, toPlatformMessage(message, around, publicUrl)] as const);
    return { newest, dtos: new Map(dtos) };
  }
}

/** The view of a created or changed channel. */
const WITH_MEMBERS: ChannelOptions = { single: true, showMembers: true };

/** A new message unhides a chat, if the member allows it. */
function unhideByMessage(
  member: MemberEntity | undefined,
  newest: MessageEntity | undefined,
): MemberEntity | undefined {
  if (member?.hiddenState !== 'hidden_allow_auto_unhide' || !newest || newest.seq <= member.hiddenSeq) return member;
  return { ...member, hiddenState: 'unhidden' };
}
