import { Injectable } from '@nestjs/common';
import { ConfigReloader } from '../../../core/config/config-reloader.js';
import { SettingsError } from '../../../core/config/load-settings.js';
import { type Actor, AuditLogService } from '../../../modules/auth/index.js';
import { configInvalid } from '../client.errors.js';

/** Reloads the configuration file and records it in the audit log. */
@Injectable()
export class ConfigAdministration {
  constructor(
    private readonly reloader: ConfigReloader,
    private readonly audit: AuditLogService,
  ) {}

  /** @throws DomainError invalid `config.invalid` with the faults of the file */
  async reload(actor: Actor): Promise<void> {
    await this.reloader.reload().catch((error: unknown) => {
      throw error instanceof SettingsError ? configInvalid(error.faults) : error;
    });
    await this.audit.record(actor, 'config.reloaded');
  }
}
