import { Body, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { AcceptsForm } from '../../../../protocols/platform/platform-form.interceptor.js';
import { PlatformController } from '../../../../protocols/platform/platform-controller.decorator.js';
import { PlatformBody, PlatformParam } from '../../../../protocols/platform/platform-openapi.js';
import { creationPosition, PageTokens } from '../../../../protocols/platform/platform.paging.js';
import type { UserEntity } from '../../user.entity.js';
import { UsersService } from '../../users.service.js';
import {
  PlatformCreateUserDto,
  PlatformListUsersQueryDto,
  PlatformUserDto,
  PlatformUserListDto,
} from './users.platform.dto.js';
import { NEW_USERS } from './users.platform.examples.js';
import { toCreateUser, toPlatformUser, toUserFilter } from './users.platform.mapper.js';

/** The name of the list in its page tokens. */
const LIST = 'users';

@PlatformController('users', 'Users')
export class UsersPlatformController {
  constructor(
    private readonly users: UsersService,
    private readonly tokens: PageTokens,
  ) {}

  /**
   * Create a user
   *
   * @remarks Creates a person. Bots are created with `POST /v3/bots`; both share one space of ids.
   */
  @Post()
  @HttpCode(200)
  @AcceptsForm()
  @PlatformBody(PlatformCreateUserDto, NEW_USERS)
  async create(@Body() body: PlatformCreateUserDto): Promise<PlatformUserDto> {
    return this.show(await this.users.create(toCreateUser(body)));
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

  private show(user: UserEntity): PlatformUserDto {
    return toPlatformUser(user, this.users.revealAccessToken(user));
  }
}
