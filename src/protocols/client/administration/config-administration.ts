import { Injectable } from '@nestjs/common';
import { ConfigReloader } from '../../../core/config/config-reloader.js';
import { SettingsError } from '../../../core/config/load-settings.js';
import { DomainError } from '../../../core/errors/domain.error.js';
import { type Actor, AuditLogService } from '../../../modules/auth/index.js';

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
      throw error instanceof SettingsError ? invalidConfig(error) : error;
    });
    await this.audit.record(actor, 'config.reloaded');
  }
}

/** Omits the path of the file. */
const invalidConfig = ({ faults }: SettingsError) =>
  new DomainError(
    'invalid',
    'config.invalid',
    faults.map((fault) => fault.replace(/^CONFIG_FILE .*?: /, 'CONFIG_FILE: ')).join('; '),
  );
