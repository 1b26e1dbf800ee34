import { Injectable } from '@nestjs/common';
import { BotTokensService } from '../../auth/index.js';
import { BotsService } from '../../bots/index.js';
import { ChatsService, type MemberEntity } from '../../chats/index.js';
import { type UserEntity, UsersService } from '../../users/index.js';
import type { Lease } from '../lanes.repository.js';
import type { LaneContext } from '../transport.js';

/** Reads whom a lane serves, and where. */
@Injectable()
export class LaneContextReader {
  constructor(
    private readonly bots: BotsService,
    private readonly users: UsersService,
    private readonly tokens: BotTokensService,
    private readonly chats: ChatsService,
  ) {}

  /** @returns undefined when the endpoint or the chat is gone */
  async read({ endpointId, chatId, botId }: Lease): Promise<LaneContext | undefined> {
    const [profile, chat, tokens, memberships] = await Promise.all([
      this.bots.find(botId),
      this.chats.find(chatId),
      this.tokens.revealMany([botId]),
      this.chats.memberships([{ chatId, userId: botId }]),
    ]);
    const endpoint = profile?.bot.endpoints.find(({ id }) => id === endpointId);
    if (!profile || !endpoint || !chat) return undefined;
    const members = profile.bot.showMember ? await this.readMembers(chatId) : [];
    return { endpoint, profile, botToken: tokens.get(botId) ?? '', chat, membership: memberships[0], members };
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
