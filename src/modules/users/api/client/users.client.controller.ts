import { Body, Get, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import { ClientErrors } from '../../../../protocols/client/client-errors.decorator.js';
import { ClientController, Public } from '../../../../protocols/client/client.controller.decorator.js';
import { CurrentActor } from '../../../../protocols/client/current-actor.decorator.js';
import { SessionCookie } from '../../../../protocols/client/session-cookie.js';
import type { Actor } from '../../../auth/index.js';
import { UsersService } from '../../users.service.js';
import { ClientCreateUserDto, ClientUserDto } from './users.client.dto.js';
import { toClientUser } from './users.client.mapper.js';

@ClientController('Users')
export class UsersClientController {
  constructor(
    private readonly users: UsersService,
    private readonly cookie: SessionCookie,
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
}
