import { Get, Put, Query } from '@nestjs/common';
import { type Actor, AuditLogService } from '../../../modules/auth/index.js';
import { AnswersDone } from '../client-done.js';
import { ClientErrors } from '../client-errors.decorator.js';
import { AdminController } from '../client.controller.decorator.js';
import { CurrentActor } from '../current-actor.decorator.js';
import { ClientAuditEntryDto, ClientListAuditDto } from './administration.client.dto.js';
import { toClientAuditEntry } from './administration.client.mapper.js';
import { ConfigAdministration } from './config-administration.js';

/** The server as a whole belongs to no module. */
@AdminController('Admin API: the server')
export class AdministrationAdminController {
  constructor(
    private readonly config: ConfigAdministration,
    private readonly audit: AuditLogService,
  ) {}

  /**
   * Reads the settings file (`CONFIG_FILE`) again, in every process.
   *
   * @remarks What it says holds from then on, limits included. A file that is not valid changes nothing, and its faults are told.
   */
  @Put('config')
  @AnswersDone('Config reloaded.')
  @ClientErrors({
    500: [['config.invalid', 'CONFIG_FILE: limits.user.minNicknameLength: minNicknameLength must not be less than 1']],
  })
  reload(@CurrentActor() actor: Actor): Promise<void> {
    return this.config.reload(actor);
  }

  /** Shows what was done with the admin key, the newest first. */
  @Get('audit')
  async list(
    @CurrentActor() actor: Actor,
    @Query() { limit, before }: ClientListAuditDto,
  ): Promise<ClientAuditEntryDto[]> {
    return (await this.audit.list(actor, limit, before)).map(toClientAuditEntry);
  }
}
