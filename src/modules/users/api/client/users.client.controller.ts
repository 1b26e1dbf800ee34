import { Body, Get, HttpCode, Post, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { ClientErrors } from '../../../../protocols/client/client-errors.decorator.js';
import { ClientController, Public } from '../../../../protocols/client/client.controller.decorator.js';
import { CurrentActor } from '../../../../protocols/client/current-actor.decorator.js';
import { ClientDoneDto } from '../../../../protocols/client/client-done.dto.js';
import { SessionCookie } from '../../../../protocols/client/session-cookie.js';
import { type Actor, SessionsService } from '../../../auth/index.js';
import { UsersService } from '../../users.service.js';
import { ClientCreateUserDto, ClientLogOutDto, ClientUserDto } from './users.client.dto.js';
import { toClientUser } from './users.client.mapper.js';

@ClientController('Users')
export class UsersClientController {
  constructor(
    private readonly users: UsersService,
    private readonly cookie: SessionCookie,
    private readonly sessions: SessionsService,
  ) {}

  /**
   * Makes a new user and logs it in.
   *
   * @remarks The answer sets the cookie `token`, which all further requests need and renew. A user that does nothing for as long as the
   * cookie lives, 7 days unless the settings say otherwise, cannot come back.
   */
  @Post('user')
  @Public()
  @ClientErrors({
    400: [
      'Nickname must be at least 3 characters long.',
      'Nickname should not be longer than 32 characters.',
      'Nickname should contain only upper/lower case English letters, spaces, dashes and numbers.',
    ],
  })
  async create(
    @Body() body: ClientCreateUserDto,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ClientUserDto> {
    const user = await this.users.signUp(body.nickname ?? '');
    this.cookie.renew(response, user);
    return toClientUser(user);
  }

  /** Shows the user who asks. */
  @Get('user')
  @ClientErrors({ 404: ['User not found.'] })
  async show(@CurrentActor() actor: Actor): Promise<ClientUserDto> {
    return toClientUser(await this.users.get(actor.id));
  }

  /**
   * Logs out: takes the session out of this browser.
   *
   * @remarks With `everywhere`, all sessions of the user end, also those that somebody has a copy of. Nobody can log in as this user
   * again then, as it has no password; what is the user's stays.
   */
  @Post('user/logout')
  @HttpCode(200)
  async logOut(
    @CurrentActor() actor: Actor,
    @Query() { everywhere }: ClientLogOutDto,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ClientDoneDto> {
    if (everywhere) await this.sessions.revokeAll(actor, actor.id);
    this.cookie.clear(response);
    return { message: 'Logged out.' };
  }

  /** Ends all sessions of the user but this one, which the answer sets anew: for when one was left open somewhere. */
  @Post('user/revoke')
  @HttpCode(200)
  @ClientErrors({ 404: ['User not found.'] })
  async revoke(@CurrentActor() actor: Actor, @Res({ passthrough: true }) response: Response): Promise<ClientDoneDto> {
    const user = await this.users.get(actor.id);
    await this.sessions.revokeAll(actor, actor.id);
    this.cookie.renew(response, user);
    return { message: 'All other sessions are over.' };
  }
}
