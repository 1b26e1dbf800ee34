import { Get, Put, Query } from '@nestjs/common';
import { ConfigReloader } from '../../../core/config/config-reloader.js';
import { SettingsError } from '../../../core/config/load-settings.js';
import { DomainError } from '../../../core/errors/domain.error.js';
import { type Actor, AuditLogService } from '../../../modules/auth/index.js';
import { ClientDoneDto } from '../client-done.dto.js';
import { ClientErrors } from '../client-errors.decorator.js';
import { AdminController } from '../client.controller.decorator.js';
import { CurrentActor } from '../current-actor.decorator.js';
import { ClientAuditEntryDto, ClientListAuditDto } from './administration.client.dto.js';
import { toClientAuditEntry } from './administration.client.mapper.js';

/** The server as a whole belongs to no module. */
@AdminController('Admin API: the server')
export class AdministrationAdminController {
  constructor(
    private readonly config: ConfigReloader,
    private readonly audit: AuditLogService,
  ) {}

  /**
   * Reads the settings file (`CONFIG_FILE`) again, in every process.
   *
   * @remarks What it says holds from then on, limits included. A file that is not valid changes nothing, and its faults are told.
   */
  @Put('config')
  @ClientErrors({ 500: ['CONFIG_FILE: limits.user.minNicknameLength: minNicknameLength must not be less than 1'] })
  async reload(@CurrentActor() actor: Actor): Promise<ClientDoneDto> {
    await this.config.reload().catch((error: unknown) => {
      throw error instanceof SettingsError ? invalidConfig(error) : error;
    });
    await this.audit.record(actor, 'config.reloaded');
    return { message: 'Config reloaded.' };
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

/** Where the file lies is left out: the faults are enough. */
const invalidConfig = ({ faults }: SettingsError) =>
  new DomainError(
    'invalid',
    'config.invalid',
    faults.map((fault) => fault.replace(/^CONFIG_FILE .*?: /, 'CONFIG_FILE: ')).join('; '),
  );
