import { Injectable } from '@nestjs/common';
import { ChatsService, type MemberEntity } from '../../chats/index.js';
import { type UserEntity, UsersService } from '../../users/index.js';
import type { Lease } from '../subscription-leases.js';
import { MembershipHistory } from '../membership-history.js';
import type { DeliveryContext } from '../transport.js';
import { EndpointProfiles } from './endpoint-profiles.js';

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
