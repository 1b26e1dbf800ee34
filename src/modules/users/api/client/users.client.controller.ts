import { Body, Delete, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import type { Response } from 'express';
import { ClientErrors } from '../../../../protocols/client/client-errors.decorator.js';
import { AdminController, ClientController, Public } from '../../../../protocols/client/client.controller.decorator.js';
import { CurrentActor } from '../../../../protocols/client/current-actor.decorator.js';
import { MessageResponse } from '../../../../protocols/client/message-response.decorator.js';
import { type Actor, SessionsService } from '../../../auth/index.js';
import { UsersService } from '../../users.service.js';
import { ClientLogins } from './logins.client.js';
import { ClientCreateUserDto, ClientLogOutDto, ClientUserDto, toClientUser } from './users.client.dto.js';

@ClientController('Users')
export class UsersClientController {
  constructor(
    private readonly users: UsersService,
    private readonly logins: ClientLogins,
  ) {}

  /**
   * Create a user
   *
   * @remarks Creates a person and opens a session. The response sets the cookie `token`, which all further requests require and renew.
   * A session that is not used for the lifetime of the cookie (7 days by default) ends, and the user cannot log in again. Notices of the
   * server use a language of the header `Accept-Language` if available.
   */
  @Post('user')
  @Public()
  @ClientErrors({
    400: [
      ['user.nickname_too_short', 'Nickname must be at least 3 characters long.'],
      ['user.nickname_too_long', 'Nickname should not be longer than 32 characters.'],
      [
        'user.nickname_characters',
        'Nickname should contain only upper/lower case English letters, spaces, dashes and numbers.',
      ],
    ],
    429: [
      [
        'user.too_many_sign_ups',
        'Too many sign-ups from this address: at most 60 per minute. Try again in 12 seconds.',
      ],
    ],
  })
  async createUser(
    @Body() { nickname = '' }: ClientCreateUserDto,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ClientUserDto> {
    return toClientUser(await this.logins.signUp(nickname, response));
  }

  /** Get the current user */
  @Get('user')
  @ClientErrors({ 404: ['User not found.'] })
  async getCurrentUser(@CurrentActor() actor: Actor): Promise<ClientUserDto> {
    return toClientUser(await this.users.get(actor.id));
  }

  /**
   * Delete your account
   *
   * @remarks Cannot be undone. Removes the person's chats with bots, messages in groups, files and survey answers for all users at once,
   * and ends all sessions. The response clears the session cookie. Remaining data does not identify the person.
   */
  @Delete('user')
  @MessageResponse('Account deleted.')
  @ClientErrors({ 404: ['User not found.'] })
  deleteAccount(@CurrentActor() actor: Actor, @Res({ passthrough: true }) response: Response): Promise<void> {
    return this.logins.deleteAccount(actor, response);
  }

  /**
   * Log out
   *
   * @remarks Clears the session cookie. `everywhere` ends all sessions of the user, including copied ones. Users have no password, so no
   * login is possible afterwards; the user's data remain.
   */
  @Post('user/logout')
  @HttpCode(200)
  @MessageResponse('Logged out.')
  @ClientErrors({ 400: ['everywhere must be a boolean value'] })
  logOut(
    @CurrentActor() actor: Actor,
    @Query() { everywhere }: ClientLogOutDto,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    return this.logins.logOut(actor, everywhere, response);
  }

  /**
   * Revoke other sessions
   *
   * @remarks Ends all sessions of the user except this one, whose cookie the response sets anew.
   */
  @Post('user/revoke')
  @HttpCode(200)
  @MessageResponse('All other sessions are over.')
  @ClientErrors({ 404: ['User not found.'] })
  revokeOtherSessions(@CurrentActor() actor: Actor, @Res({ passthrough: true }) response: Response): Promise<void> {
    return this.logins.revokeOthers(actor, response);
  }
}

@AdminController('Users')
export class UsersAdminController {
  constructor(private readonly sessions: SessionsService) {}

  /**
   * Revoke a user's sessions
   *
   * @remarks Ends all sessions of the user. The user's data remain.
   */
  @Delete('user/:id/sessions')
  @ApiParam({ name: 'id', description: 'The id of the user.', example: '01hc71yz5pny5bmf0b4055zbjw' })
  @MessageResponse('Sessions revoked.')
  @ClientErrors({ 404: ['User not found.'] })
  revokeUserSessions(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<void> {
    return this.sessions.revokeAll(actor, id);
  }
}
