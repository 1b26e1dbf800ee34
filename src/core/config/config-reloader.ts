import { stat } from 'node:fs/promises';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { LiveBus } from '../live/live-bus.js';
import { loadServiceConfig, ServiceConfig } from './service-config.js';
import { Settings } from './settings.js';

const TOPIC = 'service-config';
/** A process that has missed the hint finds the new file by its time of change. */
const LOOK_MS = 2000;

/**
 * Reads the settings file again while the process runs. The one `ServiceConfig` that everybody holds gets the new values, so
 * whoever asks it at each use goes by them at once. A file that is not valid changes nothing.
 *
 *   reload() ─► read, validate ─► this process ─► hint ─► every other process reads its own file
 *                                                  └─ lost? the file's time of change is looked at every 2 s
 */
@Injectable()
export class ConfigReloader implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(ConfigReloader.name);
  private unsubscribe = (): void => undefined;
  private timer: NodeJS.Timeout | undefined;
  private changedAt = 0;

  constructor(
    private readonly settings: Settings,
    private readonly config: ServiceConfig,
    private readonly live: LiveBus,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (!this.settings.CONFIG_FILE) return;
    this.changedAt = await this.lastChange();
    this.unsubscribe = this.live.subscribe(TOPIC, () => void this.tryToRead());
    this.timer = setInterval(() => void this.look(), LOOK_MS).unref();
  }

  onModuleDestroy(): void {
    this.unsubscribe();
    clearInterval(this.timer);
  }

  /** Goes by the file as it is now, in every process. @throws SettingsError naming every fault; then nothing has changed */
  async reload(): Promise<void> {
    await this.read();
    this.live.publish(TOPIC, {});
  }

  private async read(): Promise<void> {
    const changedAt = await this.lastChange();
    const { service, limits } = await loadServiceConfig(this.settings.CONFIG_FILE);
    Object.assign(this.config, { service, limits });
    this.changedAt = changedAt;
  }

  private async look(): Promise<void> {
    const changedAt = await this.lastChange();
    if (changedAt === this.changedAt) return;
    this.changedAt = changedAt; // one warning for each change is enough
    await this.tryToRead();
  }

  private async tryToRead(): Promise<void> {
    try {
      await this.read();
      this.logger.log('The settings file was read again');
    } catch (error) {
      const { message } = error as Error;
      this.logger.warn(`The settings file has changed but is of no use; what was read before stays: ${message}`);
    }
  }

  /** @returns 0 while there is no file */
  private async lastChange(): Promise<number> {
    if (!this.settings.CONFIG_FILE) return 0;
    return stat(this.settings.CONFIG_FILE).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    );
  }
}
