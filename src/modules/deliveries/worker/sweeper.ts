import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Database } from '../../../core/database/database.js';
import { repeat } from '../../../core/timing/repeat.js';
import { ChatLog } from '../../chats/index.js';
import { LanesRepository } from '../lanes.repository.js';
import { ChatWaker } from './chat-waker.js';
import { LaneScheduler } from './lane-scheduler.js';

const TICK_MS = 500;
/** A bell normally takes milliseconds. */
const ARMED_TOO_LONG_MS = 1000;
/** A bell that was rung this lately may still be waiting its turn. */
const RUNG_LATELY_MS = 3000;
const BATCH = 500;

/**
 * Rings again for all that should have been done: chats whose bell was lost, retries whose time has come, lanes whose worker
 * died. A plain timer in every worker process, since it must survive what it mends: a queue that has lost everything.
 */
@Injectable()
export class Sweeper implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(Sweeper.name);
  private stop = async (): Promise<void> => undefined;

  constructor(
    private readonly log: ChatLog,
    private readonly lanes: LanesRepository,
    private readonly scheduler: LaneScheduler,
    private readonly waker: ChatWaker,
    private readonly database: Database,
  ) {}

  onApplicationBootstrap(): void {
    const work = () => this.database.inBackground(() => this.sweep());
    this.stop = repeat({ what: 'Sweeping', everyMs: TICK_MS, logger: this.logger, work });
  }

  onModuleDestroy(): Promise<void> {
    return this.stop();
  }

  /** @returns how many chats and lanes were found */
  async sweep(): Promise<number> {
    const chats = await this.log.stale(ARMED_TOO_LONG_MS, BATCH);
    await Promise.all(chats.map((chatId) => this.waker.wake(chatId)));
    const lanes = await this.lanes.sweep(RUNG_LATELY_MS, BATCH);
    this.scheduler.serveOrRing(lanes);
    return chats.length + lanes.length;
  }
}
