import { Injectable } from '@nestjs/common';
import { Settings } from '../../../../core/config/settings.js';
import { Database, together } from '../../../../core/database/database.js';
import type { PlatformMessageDto } from '../../../messages/api/platform/messages.platform.dto.js';
import { toPlatformMessage } from '../../../messages/api/platform/messages.platform.mapper.js';
import { type MessageEntity, MessagesService, ReadReceiptsService, type UnreadCount } from '../../../messages/index.js';
import { UsersService } from '../../../users/index.js';
import { ChatDirectory, type ChatsMembers } from '../../chat-directory.js';
import type { ChatEntity } from '../../chat.entity.js';
import type { MemberEntity } from '../../member.entity.js';
import type { PlatformChannelDto } from './chats.platform.dto.js';
import { type ChannelOptions, toPlatformChannel } from './chats.platform.mapper.js';

/** What is read of channels before they are shown, beside their last messages. */
interface Gathered extends ChatsMembers {
  chats: readonly ChatEntity[];
  unread: readonly UnreadCount[];
}

/** The newest message of each channel, and how it is shown. */
interface LastMessages {
  newest: ReadonlyMap<string, MessageEntity>;
  shown: ReadonlyMap<string, PlatformMessageDto>;
}

/**
 * Channels as this face shows them: a chat with its people, its last message and, if asked for, one user's view of it. Two round
 * trips to the database, one for the channels and two for their last messages at the same time, however many channels there are.
 */
@Injectable()
export class ChatsPlatformViews {
  constructor(
    private readonly users: UsersService,
    private readonly directory: ChatDirectory,
    private readonly messages: MessagesService,
    private readonly receipts: ReadReceiptsService,
    private readonly settings: Settings,
    private readonly database: Database,
  ) {}

  /** @throws DomainError not_found `chat.not_found`; `user.not_found` for a viewer that does not exist */
  async one(chatId: string, options: ChannelOptions): Promise<PlatformChannelDto> {
    const [gathered, last] = await together([
      this.gather([chatId], { ...options, single: true }),
      this.lastMessages([chatId]),
    ]);
    return (await this.render(gathered, last, { ...options, single: true }))[0];
  }

  /** In the order of the chats. @throws as `one` */
  async many(chats: readonly ChatEntity[], options: ChannelOptions): Promise<PlatformChannelDto[]> {
    const ids = chats.map(({ id }) => id);
    const [gathered, last] = await together([this.gather(ids, options, chats), this.lastMessages(ids)]);
    return this.render(gathered, last, options);
  }

  /** Channels, with their members, as a change has left them. The last messages are read while they are changed: it is not they that change. */
  async changedAll(chatIds: readonly string[], change: () => Promise<unknown>): Promise<PlatformChannelDto[]> {
    const [gathered, last] = await together([
      this.database.transactionThenRead(change, () => this.gather(chatIds, WITH_MEMBERS)),
      this.lastMessages(chatIds),
    ]);
    return this.render(gathered, last, WITH_MEMBERS);
  }

  /** As `changedAll`, of one channel. */
  async changed(chatId: string, change: () => Promise<unknown>): Promise<PlatformChannelDto> {
    const [view] = await this.changedAll([chatId], change);
    return view;
  }

  /** A channel that was just opened, or, if it is a distinct one, found. */
  async opened(open: () => Promise<ChatEntity>): Promise<PlatformChannelDto> {
    const [gathered, newest] = await this.database.transactionThenRead(open, (chat) =>
      together([this.gather([chat.id], WITH_MEMBERS, [chat]), this.messages.newest([chat.id])]),
    );
    const [view] = await this.render(gathered, await this.showMessages(newest), WITH_MEMBERS);
    return view;
  }

  /** @param known the chats, if they were read already */
  private async gather(
    chatIds: readonly string[],
    options: ChannelOptions,
    known?: readonly ChatEntity[],
  ): Promise<Gathered> {
    const { viewerId } = options;
    const all = Boolean(options.showMembers || options.showReadReceipt || options.showDeliveryReceipt);
    const [chats, members, unread] = await together([
      known ?? this.directory.findAll(chatIds),
      this.directory.membersOf(chatIds, { all, operators: options.single, userId: viewerId }),
      viewerId === undefined ? [] : this.receipts.unread(chatIds.map((chatId) => ({ chatId, userId: viewerId }))),
    ]);
    return { ...members, chats, unread };
  }

  private async render(
    { chats, summaries, members, operatorIds, own, users, unread }: Gathered,
    last: LastMessages,
    options: ChannelOptions,
  ): Promise<PlatformChannelDto[]> {
    const { viewerId } = options;
    if (viewerId !== undefined && !users.has(viewerId)) await this.users.get(viewerId);
    const unreadOf = new Map(unread.map((count) => [count.chatId, count]));
    return chats.map((chat) => {
      const facts = {
        chat,
        summary: summaries.get(chat.id),
        members: members.get(chat.id) ?? [],
        operatorIds: operatorIds.get(chat.id) ?? [],
        viewer: comeBack(own.get(chat.id), last.newest.get(chat.id)),
        users,
        unreadCount: unreadOf.get(chat.id)?.unread ?? 0,
        mentionCount: unreadOf.get(chat.id)?.mentions ?? 0,
        lastMessage: last.shown.get(chat.id) ?? null,
      };
      return toPlatformChannel(facts, options);
    });
  }

  private async lastMessages(chatIds: readonly string[]): Promise<LastMessages> {
    return this.showMessages(await this.messages.newest(chatIds));
  }

  private async showMessages(newest: ReadonlyMap<string, MessageEntity>): Promise<LastMessages> {
    const around = await this.messages.surroundings([...newest.values()]);
    const { publicUrl } = this.settings;
    const shown = [...newest].map(([id, message]) => [id, toPlatformMessage(message, around, publicUrl)] as const);
    return { newest, shown: new Map(shown) };
  }
}

/** What is shown of a channel that has been changed. */
const WITH_MEMBERS: ChannelOptions = { single: true, showMembers: true };

/** A new message brings a hidden chat back, if the member lets it. */
function comeBack(member: MemberEntity | undefined, newest: MessageEntity | undefined): MemberEntity | undefined {
  if (member?.hiddenState !== 'hidden_allow_auto_unhide' || !newest || newest.seq <= member.hiddenSeq) return member;
  return { ...member, hiddenState: 'unhidden' };
}
