import { Get, Put, Query } from '@nestjs/common';
import { type Actor, AuditLogService } from '../../../modules/auth/index.js';
import { MessageResponse } from '../message-response.decorator.js';
import { ClientErrors } from '../client-errors.decorator.js';
import { AdminController } from '../client.controller.decorator.js';
import { CurrentActor } from '../current-actor.decorator.js';
import { ClientAuditEntryDto, ClientListAuditDto, toClientAuditEntry } from './administration.client.dto.js';
import { ConfigAdministration } from './config-administration.js';

/** Operations on the server as a whole. */
@AdminController('Server')
export class AdministrationAdminController {
  constructor(
    private readonly config: ConfigAdministration,
    private readonly audit: AuditLogService,
  ) {}

  /**
   * Reload the configuration file
   *
   * @remarks Reloads `CONFIG_FILE` in every process, including limits. An invalid file changes nothing; the response lists its errors.
   */
  @Put('config')
  @MessageResponse('Config reloaded.')
  @ClientErrors({
    500: [['config.invalid', 'CONFIG_FILE: limits.user.minNicknameLength: minNicknameLength must not be less than 1']],
  })
  reloadConfig(@CurrentActor() actor: Actor): Promise<void> {
    return this.config.reload(actor);
  }

  /**
   * List audit entries
   *
   * @remarks Returns the operations done with the admin key or an API credential, newest first.
   */
  @Get('audit')
  async listAuditEntries(
    @CurrentActor() actor: Actor,
    @Query() { limit, before }: ClientListAuditDto,
  ): Promise<ClientAuditEntryDto[]> {
    return (await this.audit.list(actor, limit, before)).map(toClientAuditEntry);
  }
}
