import { Delete, Param } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { Database } from '../../../../core/database/database.js';
import { ClientDoneDto } from '../../../../protocols/client/client-done.dto.js';
import { ClientErrors } from '../../../../protocols/client/client-errors.decorator.js';
import { AdminController } from '../../../../protocols/client/client.controller.decorator.js';
import { CurrentActor } from '../../../../protocols/client/current-actor.decorator.js';
import { type Actor, AuditLogService, SessionsService } from '../../../auth/index.js';
import { UsersService } from '../../users.service.js';

@AdminController('Admin API: users')
export class UsersAdminController {
  constructor(
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly audit: AuditLogService,
    private readonly database: Database,
  ) {}

  /** Ends all sessions of a user. What is the user's stays. */
  @Delete('user/:id/sessions')
  @ApiParam({ name: 'id', description: 'The user.', example: '01hc71yz5pny5bmf0b4055zbjw' })
  @ClientErrors({ 404: ['User not found.'] })
  async revoke(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ClientDoneDto> {
    await this.database.transaction(async () => {
      await this.users.get(id);
      await this.sessions.revokeAll(actor, id);
      await this.audit.record(actor, 'user.sessions_revoked', id);
    });
    return { message: 'Sessions revoked.' };
  }
}
