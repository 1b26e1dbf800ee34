import { stat } from 'node:fs/promises';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { PubSub } from '../pubsub/pubsub.js';
import { loadServiceConfig, ServiceConfig } from './service-config.js';
import { Settings } from './settings.js';

const TOPIC = 'service-config';
/** Interval at which the modification time of the file is checked, for processes that missed the notification. */
const LOOK_MS = 2000;

/**
 * Reloads the settings file while the process runs. The shared `ServiceConfig` instance gets the new values, so code that reads it
 * at each use applies them at once. An invalid file changes nothing.
 *
 *   reload() ─► read, validate ─► this process ─► notification ─► every other process reads its own file
 *                                                      └─ lost? the modification time is checked every 2 s
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
    private readonly pubsub: PubSub,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (!this.settings.CONFIG_FILE) return;
    this.changedAt = await this.lastChange();
    this.unsubscribe = this.pubsub.subscribe(TOPIC, () => void this.tryToRead());
    this.timer = setInterval(() => void this.look(), LOOK_MS).unref();
  }

  onModuleDestroy(): void {
    this.unsubscribe();
    clearInterval(this.timer);
  }

  /** Applies the current file in every process. @throws SettingsError with every fault; nothing is changed then */
  async reload(): Promise<void> {
    await this.read();
    this.pubsub.publish(TOPIC, {});
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
    this.changedAt = changedAt; // one warning per change
    await this.tryToRead();
  }

  private async tryToRead(): Promise<void> {
    try {
      await this.read();
      this.logger.log('Settings file reloaded');
    } catch (error) {
      const { message } = error as Error;
      this.logger.warn(`The changed settings file is invalid; the previous settings stay in use: ${message}`);
    }
  }

  /** @returns the modification time; 0 if the file does not exist */
  private async lastChange(): Promise<number> {
    if (!this.settings.CONFIG_FILE) return 0;
    return stat(this.settings.CONFIG_FILE).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    );
  }
}
