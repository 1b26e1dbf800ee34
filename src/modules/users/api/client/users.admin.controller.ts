import { Delete, Param } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { MessageResponse } from '../../../../protocols/client/message-response.decorator.js';
import { ClientErrors } from '../../../../protocols/client/client-errors.decorator.js';
import { AdminController } from '../../../../protocols/client/client.controller.decorator.js';
import { CurrentActor } from '../../../../protocols/client/current-actor.decorator.js';
import { type Actor, SessionAdministrationService } from '../../../auth/index.js';

@AdminController('Users')
export class UsersAdminController {
  constructor(private readonly sessions: SessionAdministrationService) {}

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
