import { Injectable } from '@nestjs/common';
import { Settings } from '../../../../core/config/settings.js';
import type { PlatformMessageDto } from '../../../messages/api/platform/messages.platform.dto.js';
import { toPlatformMessage } from '../../../messages/api/platform/messages.platform.mapper.js';
import { type MessageEntity, MessagesService, ReadReceiptsService } from '../../../messages/index.js';
import { type UserEntity, UsersService } from '../../../users/index.js';
import { ChatDirectory } from '../../chat-directory.js';
import type { ChatEntity } from '../../chat.entity.js';
import type { MemberEntity } from '../../member.entity.js';
import type { PlatformChannelDto } from './chats.platform.dto.js';
import { type ChannelOptions, toPlatformChannel } from './chats.platform.mapper.js';

/**
 * Channels as this face shows them: a chat with its people, its last message and, if asked for, one user's view of it. Two rounds
 * of queries, however many channels there are.
 */
@Injectable()
export class ChatsPlatformViews {
  constructor(
    private readonly users: UsersService,
    private readonly directory: ChatDirectory,
    private readonly messages: MessagesService,
    private readonly receipts: ReadReceiptsService,
    private readonly settings: Settings,
  ) {}

  /** @throws DomainError not_found `user.not_found` for a viewer that does not exist */
  async one(chat: ChatEntity, options: ChannelOptions): Promise<PlatformChannelDto> {
    const [view] = await this.many([chat], { ...options, single: true });
    return view;
  }

  /** In the order of the chats. @throws as `one` */
  async many(chats: readonly ChatEntity[], options: ChannelOptions): Promise<PlatformChannelDto[]> {
    const { viewerId } = options;
    const ids = chats.map(({ id }) => id);
    const all = Boolean(options.showMembers || options.showReadReceipt || options.showDeliveryReceipt);
    const [{ summaries, members, operatorIds, own }, newest, unread] = await Promise.all([
      this.directory.membersOf(ids, { all, operators: options.single, userId: viewerId }),
      this.messages.newest(ids),
      viewerId === undefined ? [] : this.receipts.unread(ids.map((chatId) => ({ chatId, userId: viewerId }))),
    ]);
    const named = [
      ...[...members.values()].flat().map(({ userId }) => userId),
      ...[...operatorIds.values()].flat(),
      ...[...own.values()].map(({ inviterId }) => inviterId),
      ...chats.map(({ createdById }) => createdById),
      viewerId,
    ].filter((id) => typeof id === 'string');
    const [users, lastMessages] = await Promise.all([this.users.findMany(named), this.showMessages(newest)]);
    if (viewerId !== undefined && !users.has(viewerId)) await this.users.get(viewerId);
    const unreadOf = new Map(unread.map((count) => [count.chatId, count]));
    return chats.map((chat) => {
      const facts = {
        chat,
        summary: summaries.get(chat.id),
        members: members.get(chat.id) ?? [],
        operatorIds: operatorIds.get(chat.id) ?? [],
        viewer: comeBack(own.get(chat.id), newest.get(chat.id)),
        users,
        unreadCount: unreadOf.get(chat.id)?.unread ?? 0,
        mentionCount: unreadOf.get(chat.id)?.mentions ?? 0,
        lastMessage: lastMessages.get(chat.id) ?? null,
      };
      return toPlatformChannel(facts, options);
    });
  }

  /** @returns the users of these ids that exist, in this order */
  async people(ids: readonly string[]): Promise<UserEntity[]> {
    const users = await this.users.findMany(ids);
    return ids.flatMap((id) => users.get(id) ?? []);
  }

  private async showMessages(newest: ReadonlyMap<string, MessageEntity>): Promise<Map<string, PlatformMessageDto>> {
    const around = await this.messages.surroundings([...newest.values()]);
    return new Map(
      [...newest].map(([id, message]) => [id, toPlatformMessage(message, around, this.settings.publicUrl)]),
    );
  }
}

/** A new message brings a hidden chat back, if the member lets it. */
function comeBack(member: MemberEntity | undefined, newest: MessageEntity | undefined): MemberEntity | undefined {
  if (member?.hiddenState !== 'hidden_allow_auto_unhide' || !newest || newest.seq <= member.hiddenSeq) return member;
  return { ...member, hiddenState: 'unhidden' };
}
