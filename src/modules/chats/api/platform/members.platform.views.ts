import { Injectable } from '@nestjs/common';
import { settleAll } from '../../../../core/database/database.js';
import type { PlatformPageQueryDto } from '../../../../protocols/platform/platform.paging.dto.js';
import { type Page, PlatformPages, type PageRequest } from '../../../../protocols/platform/platform.paging.js';
import type { Actor } from '../../../auth/index.js';
import { toUserSummary } from '../../../users/api/platform/users.platform.mapper.js';
import { UsersService } from '../../../users/index.js';
import { ChatQueries } from '../../chat-queries.js';
import type { Invite } from '../../invitees.js';
import type { ListedMember, MembersQuery } from '../../members.repository.js';
import { MembershipsService } from '../../memberships.service.js';
import type { PlatformInvitedChannelDto } from './chats.platform.dto.js';
import { ChatsPlatformViews } from './chats.platform.views.js';
import type {
  PlatformListMembersQueryDto,
  PlatformMemberListDto,
  PlatformOperatorListDto,
} from './members.platform.dto.js';
import { toMemberList, toMembersQuery, toOperatorList, toOperatorsQuery } from './members.platform.mapper.js';

/** Builds the members of the Platform API. */
@Injectable()
export class MembersPlatformViews {
  constructor(
    private readonly users: UsersService,
    private readonly chatQueries: ChatQueries,
    private readonly memberships: MembershipsService,
    private readonly channels: ChatsPlatformViews,
    private readonly pages: PlatformPages,
  ) {}

  /** A page of members. @throws DomainError not_found `chat.not_found` */
  async list(chatId: string, query: PlatformListMembersQueryDto): Promise<PlatformMemberListDto> {
    const list = `members:${chatId}:${query.order}`;
    const isEmpty = query.muted_member_filter === 'muted';
    const page = await this.page(list, query, (slice) => (isEmpty ? undefined : toMembersQuery(chatId, query, slice)));
    return toMemberList(page, query);
  }

  /** A page of operators. @throws DomainError not_found `chat.not_found` */
  async operators(chatId: string, query: PlatformPageQueryDto): Promise<PlatformOperatorListDto> {
    return toOperatorList(await this.page(`operators:${chatId}`, query, (slice) => toOperatorsQuery(chatId, slice)));
  }

  /** Invites users. @returns the changed channel @throws as `MembershipsService.invite` */
  async invite(actor: Actor, chatId: string, invite: Invite): Promise<PlatformInvitedChannelDto> {
    const [channel, inviters] = await settleAll([
      this.channels.update(chatId, () => this.memberships.invite(actor, chatId, invite)),
      this.users.findMany(invite.inviterId === undefined ? [] : [invite.inviterId]),
    ]);
    const [inviter] = inviters.values();
    return { ...channel, invited_at: Date.now(), ...(inviter ? { inviter: toUserSummary(inviter) } : {}) };
  }

  /** @param toQuery returns undefined for an empty list */
  private page(
    name: string,
    query: PlatformPageQueryDto,
    toQuery: (slice: PageRequest) => MembersQuery | undefined,
  ): Promise<Page<ListedMember>> {
    const positionOf = ({ position }: ListedMember) => position;
    return this.pages.list({ name, positionOf }, query, (slice) => {
      const membersQuery = toQuery(slice);
      return membersQuery ? this.chatQueries.listMembers(membersQuery) : Promise.resolve([]);
    });
  }
}
