import { Body, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { PlatformActor } from '../../../../protocols/platform/platform-actor.decorator.js';
import { PlatformController } from '../../../../protocols/platform/platform-controller.decorator.js';
import { EmptyResponse } from '../../../../protocols/platform/platform-empty-response.decorator.js';
import { PlatformBody, PlatformParam } from '../../../../protocols/platform/platform-openapi.js';
import { PlatformScope } from '../../../../protocols/platform/platform-scope.decorator.js';
import { AcceptsImage } from '../../../../protocols/platform/platform-upload.interceptor.js';
import { creationPosition, PlatformPages } from '../../../../protocols/platform/platform.paging.js';
import { fromMillis } from '../../../../protocols/platform/platform.time.js';
import { AccountDeletionService, type Actor, hasScope, SessionsService } from '../../../auth/index.js';
import type { UserEntity } from '../../user.entity.js';
import { UsersService } from '../../users.service.js';
import {
  PlatformInvitationPreferenceDto,
  PlatformSessionTokenDto,
  PlatformUserDto,
  PlatformUserListDto,
} from './users.platform.dto.js';
import {
  PlatformCreateUserDto,
  PlatformDeleteUserQueryDto,
  PlatformListUsersQueryDto,
  PlatformNewSessionTokenDto,
  PlatformUpdateUserDto,
} from './users.platform.requests.dto.js';
import {
  toCreateUser,
  toInvitationPreference,
  toPlatformUser,
  toSessionToken,
  toUpdateUser,
  toUserFilter,
  toUserList,
} from './users.platform.mapper.js';

const NEW_USERS: Record<string, PlatformCreateUserDto> = {
  'A person': { user_id: 'mia', nickname: 'Mia', profile_url: '' },
};

const USER_CHANGES: Record<string, PlatformUpdateUserDto> = {
  'Another name': { nickname: 'Mia of today' },
  Deactivation: { is_active: false },
};

const USERS = { name: 'users', positionOf: creationPosition };

@PlatformController('users', 'Users')
export class UsersPlatformController {
  constructor(
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly pages: PlatformPages,
    private readonly accountDeletion: AccountDeletionService,
  ) {}

  /**
   * Create a user
   *
   * @remarks Creates a person. `POST /v3/bots` creates bots; both share one id space.
   */
  @Post()
  @PlatformScope('users:write')
  @HttpCode(200)
  @AcceptsImage('profile_file', 'profile_url')
  @PlatformBody(PlatformCreateUserDto, NEW_USERS)
  async createUser(@PlatformActor() actor: Actor, @Body() body: PlatformCreateUserDto): Promise<PlatformUserDto> {
    return this.toDto(actor, await this.users.create(toCreateUser(body)));
  }

  /**
   * List users
   *
   * @remarks Lists people and bots in the order of creation.
   */
  @Get()
  @PlatformScope('users:read')
  async listUsers(
    @PlatformActor() actor: Actor,
    @Query() query: PlatformListUsersQueryDto,
  ): Promise<PlatformUserListDto> {
    return toUserList(
      await this.pages.list(USERS, query, (slice) => this.users.list(toUserFilter(query, slice))),
      (user) => this.toDto(actor, user),
    );
  }

  /** Get a user */
  @Get(':user_id')
  @PlatformScope('users:read')
  @PlatformParam('user_id', 'The id of a person or a bot.', 'mia')
  async getUser(@PlatformActor() actor: Actor, @Param('user_id') userId: string): Promise<PlatformUserDto> {
    return this.toDto(actor, await this.users.get(userId));
  }

  /**
   * Update a user
   *
   * @remarks Changes the given fields. A user that is deactivated leaves its channels by default.
   */
  @Put(':user_id')
  @PlatformScope('users:write')
  @AcceptsImage('profile_file', 'profile_url')
  @PlatformParam('user_id', 'The id of a person or a bot.', 'mia')
  @PlatformBody(PlatformUpdateUserDto, USER_CHANGES)
  async updateUser(
    @PlatformActor() actor: Actor,
    @Param('user_id') userId: string,
    @Body() body: PlatformUpdateUserDto,
  ): Promise<PlatformUserDto> {
    return this.toDto(actor, await this.users.update(userId, toUpdateUser(body)));
  }

  /**
   * Delete a user
   *
   * @remarks The user leaves all its channels. Its messages remain unless `erase` is true: then its messages and files are removed for
   * all users at once, and remaining data does not identify the user.
   */
  @Delete(':user_id')
  @PlatformScope('users:write')
  @EmptyResponse()
  @PlatformParam('user_id', 'The id of a person. `DELETE /v3/bots/{bot_userid}` deletes bots.', 'mia')
  deleteUser(
    @PlatformActor() actor: Actor,
    @Param('user_id') userId: string,
    @Query() { erase }: PlatformDeleteUserQueryDto,
  ): Promise<void> {
    return erase ? this.accountDeletion.erase(actor, userId) : this.accountDeletion.delete(actor, userId);
  }

  /**
   * Issue a session token
   *
   * @remarks The token is the value of the session cookie of the Client API.
   */
  @Post(':user_id/token')
  @PlatformScope('users:token')
  @HttpCode(200)
  @PlatformParam('user_id', 'The id of a person.', 'mia')
  async issueSessionToken(
    @PlatformActor() actor: Actor,
    @Param('user_id') userId: string,
    @Body() { expires_at }: PlatformNewSessionTokenDto,
  ): Promise<PlatformSessionTokenDto> {
    return toSessionToken(await this.sessions.issueFor(actor, userId, fromMillis(expires_at)));
  }

  /** Get the invitation preference of a user */
  @Get(':user_id/channel_invitation_preference')
  @PlatformScope('users:read')
  @PlatformParam('user_id', 'The id of a person.', 'mia')
  async getInvitationPreference(@Param('user_id') userId: string): Promise<PlatformInvitationPreferenceDto> {
    return toInvitationPreference(await this.users.get(userId));
  }

  /**
   * Update the invitation preference of a user
   *
   * @remarks Sets whether the user joins at once when invited. Bots have their own setting.
   */
  @Put(':user_id/channel_invitation_preference')
  @PlatformScope('users:write')
  @PlatformParam('user_id', 'The id of a person.', 'mia')
  async updateInvitationPreference(
    @Param('user_id') userId: string,
    @Body() { auto_accept }: PlatformInvitationPreferenceDto,
  ): Promise<PlatformInvitationPreferenceDto> {
    return toInvitationPreference(await this.users.update(userId, { acceptsInvitations: auto_accept }));
  }

  private toDto(actor: Actor, user: UserEntity): PlatformUserDto {
    return toPlatformUser(user, hasScope(actor, 'users:token') ? this.users.revealAccessToken(user) : '');
  }
}
