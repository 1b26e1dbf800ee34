import { Body, Delete, Get, HttpCode, Post, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { ClientErrors } from '../../../../protocols/client/client-errors.decorator.js';
import { ClientController, Public } from '../../../../protocols/client/client.controller.decorator.js';
import { CurrentActor } from '../../../../protocols/client/current-actor.decorator.js';
import { AnswersDone } from '../../../../protocols/client/client-done.js';
import type { Actor } from '../../../auth/index.js';
import { UsersService } from '../../users.service.js';
import { ClientLogins } from './logins.client.js';
import { ClientCreateUserDto, ClientLogOutDto, ClientUserDto } from './users.client.dto.js';
import { toClientUser } from './users.client.mapper.js';

@ClientController('Users')
export class UsersClientController {
  constructor(
    private readonly users: UsersService,
    private readonly logins: ClientLogins,
  ) {}

  /**
   * Makes a new user and logs it in. What the server says to it of its own, it says in a language of the header `Accept-Language`, if it can.
   *
   * @remarks The answer sets the cookie `token`, which all further requests need and renew. A user that does nothing for as long as the
   * cookie lives, 7 days unless the settings say otherwise, cannot come back.
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

  /** Shows the user who asks. */
  @Get('user')
  @ClientErrors({ 404: ['User not found.'] })
  async getUser(@CurrentActor() actor: Actor): Promise<ClientUserDto> {
    return toClientUser(await this.users.get(actor.id));
  }

  /**
   * Delete your account
   *
   * @remarks It cannot be undone. The person's chats with bots, messages in groups, files, and answers to surveys are gone for everybody
   * at once, and all sessions of the person end. The answer takes the cookie out of this browser. Nothing that stays names the person.
   */
  @Delete('user')
  @AnswersDone('Account deleted.')
  @ClientErrors({ 404: ['User not found.'] })
  deleteUser(@CurrentActor() actor: Actor, @Res({ passthrough: true }) response: Response): Promise<void> {
    return this.logins.deleteAccount(actor, response);
  }

  /**
   * Logs out: takes the session out of this browser.
   *
   * @remarks With `everywhere`, all sessions of the user end, also those that somebody has a copy of. Nobody can log in as this user
   * again then, as it has no password; what is the user's stays.
   */
  @Post('user/logout')
  @HttpCode(200)
  @AnswersDone('Logged out.')
  @ClientErrors({ 400: ['everywhere must be a boolean value'] })
  logOut(
    @CurrentActor() actor: Actor,
    @Query() { everywhere }: ClientLogOutDto,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    return this.logins.logOut(actor, everywhere, response);
  }

  /** Ends all sessions of the user but this one, which the answer sets anew: for when one was left open somewhere. */
  @Post('user/revoke')
  @HttpCode(200)
  @AnswersDone('All other sessions are over.')
  @ClientErrors({ 404: ['User not found.'] })
  revokeSessions(@CurrentActor() actor: Actor, @Res({ passthrough: true }) response: Response): Promise<void> {
    return this.logins.revokeOthers(actor, response);
  }
}
