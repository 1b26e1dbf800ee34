import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Settings } from '../../../core/config/settings.js';
import { BacklogRepository } from '../backlog.repository.js';
import { DeliveryScheduler } from './delivery-scheduler.js';

const CHECK_MS = 10_000;
const TOO_LONG_MS = 60_000;

/** Ends a worker process that has work and makes no progress. Its supervisor must restart it. */
@Injectable()
export class Watchdog implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(Watchdog.name);
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly backlog: BacklogRepository,
    private readonly scheduler: DeliveryScheduler,
    private readonly settings: Settings,
  ) {}

  onApplicationBootstrap(): void {
    // Test runs and processes with the API are not ended.
    if (this.settings.NODE_ENV === 'test' || this.settings.ROLES.includes('api')) return;
    this.timer = setInterval(() => void this.check(), CHECK_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private async check(): Promise<void> {
    const idleMs = Date.now() - this.scheduler.lastTurnAt;
    if (idleMs < TOO_LONG_MS) return;
    const found = await this.backlog.measure().catch(() => undefined);
    if (!found || found.oldestReadySeconds * 1000 < TOO_LONG_MS) return;
    this.logger.fatal(
      `A due subscription has waited for ${Math.round(found.oldestReadySeconds)} s without progress: exiting`,
    );
    process.exit(1);
  }
}
