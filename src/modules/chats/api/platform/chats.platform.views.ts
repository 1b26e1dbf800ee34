import { Injectable } from '@nestjs/common';
import { Settings } from '../../../../core/config/settings.js';
import { BotsService } from '../../../bots/index.js';
import type { PlatformMessageDto } from '../../../messages/api/platform/messages.platform.dto.js';
import { toPlatformMessage } from '../../../messages/api/platform/messages.platform.mapper.js';
import { type MessageEntity, MessagesService } from '../../../messages/index.js';
import { type UserEntity, UsersService } from '../../../users/index.js';
import type { ChatWithMembers } from '../../chats.service.js';
import type { MemberEntity } from '../../member.entity.js';
import type { PlatformChannelDto } from './chats.platform.dto.js';
import { type ChannelOptions, toPlatformChannel } from './chats.platform.mapper.js';

/** Channels as this face shows them: a chat with its people, its last message and, if asked for, one user's view of it. */
@Injectable()
export class ChatsPlatformViews {
  constructor(
    private readonly users: UsersService,
    private readonly bots: BotsService,
    private readonly messages: MessagesService,
    private readonly settings: Settings,
  ) {}

  /** @throws DomainError not_found `user.not_found` for a viewer that does not exist */
  async one({ chat, members }: ChatWithMembers, options: ChannelOptions): Promise<PlatformChannelDto> {
    const { viewerId } = options;
    const viewer = members.find(({ userId }) => userId === viewerId);
    const named = [chat.createdById, viewerId, viewer?.inviterId].filter((id) => typeof id === 'string');
    const [users, newest, unreadCount] = await Promise.all([
      this.users.findMany([...members.map(({ userId }) => userId), ...named]),
      this.messages.newest([chat.id]),
      viewer ? this.countUnread(viewer) : 0,
    ]);
    if (viewerId !== undefined && !users.has(viewerId)) await this.users.get(viewerId);
    const botIds = members.map(({ userId }) => userId).filter((id) => users.get(id)?.kind === 'bot');
    const lastMessage = newest.get(chat.id);
    const [aiBotIds, lastMessageView] = await Promise.all([
      this.bots.aiBotIds(botIds),
      lastMessage ? this.message(lastMessage, [...users.values()]) : null,
    ]);
    const facts = { chat, members, viewer, users, hasBot: botIds.length > 0, hasAiBot: aiBotIds.size > 0, unreadCount };
    return toPlatformChannel({ ...facts, lastMessage: lastMessageView }, options);
  }

  private async message(message: MessageEntity, known: UserEntity[]): Promise<PlatformMessageDto> {
    return toPlatformMessage(message, await this.messages.surroundings([message], known), this.settings.publicUrl);
  }

  private countUnread({ chatId, userId, readSeq }: MemberEntity): Promise<number> {
    return this.messages.countUnread(chatId, userId, readSeq);
  }
}
