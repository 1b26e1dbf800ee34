import { Body, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { PlatformEmptyDto } from '../../../../protocols/platform/platform-error.dto.js';
import { PlatformController } from '../../../../protocols/platform/platform-controller.decorator.js';
import { PlatformBody, PlatformParam } from '../../../../protocols/platform/platform-openapi.js';
import { AcceptsPicture, StoredFiles } from '../../../../protocols/platform/platform-upload.interceptor.js';
import { creationPosition, PageTokens } from '../../../../protocols/platform/platform.paging.js';
import { PLATFORM_CODES } from '../../../../protocols/platform/platform-codes.js';
import { fieldRequired, PlatformError } from '../../../../protocols/platform/platform.error.js';
import { toMillis } from '../../../../protocols/platform/platform.time.js';
import { SessionsService } from '../../../auth/index.js';
import { type FileEntity, PicturesService } from '../../../files/index.js';
import type { UserEntity } from '../../user.entity.js';
import { UsersService } from '../../users.service.js';
import {
  PlatformCreateUserDto,
  PlatformInvitationPreferenceDto,
  PlatformListUsersQueryDto,
  PlatformNewSessionTokenDto,
  PlatformSessionTokenDto,
  PlatformUpdateUserDto,
  PlatformUserDto,
  PlatformUserListDto,
} from './users.platform.dto.js';
import { NEW_USERS, USER_CHANGES } from './users.platform.examples.js';
import { toCreateUser, toPlatformUser, toUpdateUser, toUserFilter } from './users.platform.mapper.js';

/** The name of the list in its page tokens. */
const LIST = 'users';

const TOKEN_LIFETIME_MS = 7 * 86_400_000;

@PlatformController('users', 'Users')
export class UsersPlatformController {
  constructor(
    private readonly users: UsersService,
    private readonly tokens: PageTokens,
    private readonly sessions: SessionsService,
    private readonly pictures: PicturesService,
  ) {}

  /**
   * Create a user
   *
   * @remarks Creates a person. Bots are created with `POST /v3/bots`; both share one space of ids.
   */
  @Post()
  @HttpCode(200)
  @AcceptsPicture('profile_file')
  @PlatformBody(PlatformCreateUserDto, NEW_USERS)
  async create(@Body() body: PlatformCreateUserDto, @StoredFiles() [picture]: FileEntity[]): Promise<PlatformUserDto> {
    if (!picture && body.profile_url === undefined) throw fieldRequired('profile_url');
    const profileUrl = picture ? this.pictures.addressOf(picture) : body.profile_url;
    return this.show(await this.users.create({ ...toCreateUser(body), profileUrl }));
  }

  /**
   * List users
   *
   * @remarks Lists people and bots in the order of their creation.
   */
  @Get()
  async list(@Query() query: PlatformListUsersQueryDto): Promise<PlatformUserListDto> {
    const found = await this.users.list(toUserFilter(query, this.tokens.read(LIST, query.token)));
    const { items, next } = this.tokens.cut(LIST, found, query.limit!, creationPosition);
    return { users: items.map((user) => this.show(user)), next };
  }

  /** View a user */
  @Get(':user_id')
  @PlatformParam('user_id', 'A person or a bot.', 'mia')
  async view(@Param('user_id') userId: string): Promise<PlatformUserDto> {
    return this.show(await this.users.get(userId));
  }

  /**
   * Update a user
   *
   * @remarks Changes what is given, and leaves the rest as it is. Who is deactivated leaves its channels.
   */
  @Put(':user_id')
  @AcceptsPicture('profile_file')
  @PlatformParam('user_id', 'A person or a bot.', 'mia')
  @PlatformBody(PlatformUpdateUserDto, USER_CHANGES)
  async update(
    @Param('user_id') userId: string,
    @Body() body: PlatformUpdateUserDto,
    @StoredFiles() [picture]: FileEntity[],
  ): Promise<PlatformUserDto> {
    const changes = toUpdateUser(body);
    if (picture) changes.profileUrl = this.pictures.addressOf(picture);
    return this.show(await this.users.update(userId, changes));
  }

  /**
   * Delete a user
   *
   * @remarks The user leaves all its channels. What it has said in them stays.
   */
  @Delete(':user_id')
  @PlatformParam('user_id', 'A person. Bots are deleted with `DELETE /v3/bots/{bot_userid}`.', 'mia')
  async delete(@Param('user_id') userId: string): Promise<PlatformEmptyDto> {
    await this.users.removePerson(userId);
    return {};
  }

  /**
   * Issue a session token
   *
   * @remarks With it a person is let in to the Client API, as the value of its session cookie.
   */
  @Post(':user_id/token')
  @HttpCode(200)
  @PlatformParam('user_id', 'A person.', 'mia')
  async issueToken(
    @Param('user_id') userId: string,
    @Body() { expires_at: at = Date.now() + TOKEN_LIFETIME_MS }: PlatformNewSessionTokenDto,
  ): Promise<PlatformSessionTokenDto> {
    if (at <= Date.now()) throw new PlatformError(PLATFORM_CODES.invalid, 'expires_at must be in the future.');
    const { token, expiresAt } = this.sessions.openUntil(await this.users.getActivePerson(userId), new Date(at));
    return { token, expires_at: toMillis(expiresAt) };
  }

  /** View the invitation preference of a user */
  @Get(':user_id/channel_invitation_preference')
  @PlatformParam('user_id', 'A person.', 'mia')
  async invitationPreference(@Param('user_id') userId: string): Promise<PlatformInvitationPreferenceDto> {
    return { auto_accept: (await this.users.get(userId)).acceptsInvitations };
  }

  /**
   * Change the invitation preference of a user
   *
   * @remarks Whether the user joins at once when it is invited. Bots have a setting of their own.
   */
  @Put(':user_id/channel_invitation_preference')
  @PlatformParam('user_id', 'A person.', 'mia')
  async setInvitationPreference(
    @Param('user_id') userId: string,
    @Body() { auto_accept }: PlatformInvitationPreferenceDto,
  ): Promise<PlatformInvitationPreferenceDto> {
    const user = await this.users.update(userId, { acceptsInvitations: auto_accept });
    return { auto_accept: user.acceptsInvitations };
  }

  private show(user: UserEntity): PlatformUserDto {
    return toPlatformUser(user, this.users.revealAccessToken(user));
  }
}
