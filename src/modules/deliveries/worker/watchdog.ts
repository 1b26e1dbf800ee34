import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Settings } from '../../../core/config/settings.js';
import { BacklogRepository } from '../backlog.repository.js';
import { DeliveryScheduler } from './delivery-scheduler.js';

const LOOK_MS = 10_000;
const TOO_LONG_MS = 60_000;

/**
 * Ends a worker that has work and does none: whatever it is stuck in, a new process is not. Whoever runs it starts it again.
 */
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
    // A test run is not for us to end; nor is an API.
    if (this.settings.NODE_ENV === 'test' || this.settings.ROLES.includes('api')) return;
    this.timer = setInterval(() => void this.look(), LOOK_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    const idleMs = Date.now() - this.scheduler.lastTurnAt;
    if (idleMs < TOO_LONG_MS) return;
    const found = await this.backlog.measure().catch(() => undefined);
    if (!found || found.oldestReadySeconds * 1000 < TOO_LONG_MS) return;
    this.logger.fatal(
      `A lane has waited for ${Math.round(found.oldestReadySeconds)} s, and nothing is done here: giving up`,
    );
    process.exit(1);
  }
}
