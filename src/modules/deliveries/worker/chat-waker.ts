import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Database } from '../../../core/database/database.js';
import { GroupCommit, type Outcome } from '../../../core/database/group-commit.js';
import { ChatLog } from '../../chats/index.js';
import { Bells } from '../bells.js';
import { LanesRepository } from '../lanes.repository.js';
import { LaneScheduler } from './lane-scheduler.js';

/** Chats that are woken without a way through the queue, at a time. More go through it. */
const MAX_NEARBY = 256;

/** One transaction at a time, for as many chats as have gathered meanwhile: it holds locks that senders wait for. */
const GROUPS = { maxItems: 128, maxInFlight: 1 };

/**
 * Wakes the lanes of a chat whose log has grown: those that are behind become due, and are served here or rung.
 *
 * Where the API is in the same process, it asks here before it rings through the queue: two jobs less for a message, and no
 * promise more or less, since whatever is forgotten in a crash is armed in the database and found by the sweeper.
 */
@Injectable()
export class ChatWaker implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(ChatWaker.name);
  /** The chats being woken, and whether their logs have grown again meanwhile. */
  private readonly nearby = new Map<string, { again: boolean; done: Promise<void> }>();
  private readonly chats = new GroupCommit<string, void>((chatIds) => this.wakeAll(chatIds), GROUPS);
  private stopping = false;

  constructor(
    private readonly log: ChatLog,
    private readonly lanes: LanesRepository,
    private readonly scheduler: LaneScheduler,
    private readonly bells: Bells,
    private readonly database: Database,
  ) {}

  onApplicationBootstrap(): void {
    this.bells.workNearby((chatId) => this.tryNearby(chatId));
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping = true;
    await Promise.all([...this.nearby.values()].map(({ done }) => done));
  }

  wake(chatId: string): Promise<void> {
    return this.chats.write(chatId);
  }

  private async wakeAll(chatIds: string[]): Promise<Outcome<void>[]> {
    const unique = [...new Set(chatIds)];
    const lanes = await this.database.inBackground(() => this.lanes.wake(unique, this.log.disarming(unique)));
    this.scheduler.serveOrRing(lanes);
    return chatIds.map(() => ({ value: undefined }));
  }

  private tryNearby(chatId: string): boolean {
    const running = this.nearby.get(chatId);
    if (running) return (running.again = true);
    if (this.stopping || this.nearby.size >= MAX_NEARBY) return false;
    this.nearby.set(chatId, { again: false, done: this.wakeNearby(chatId) });
    return true;
  }

  private async wakeNearby(chatId: string): Promise<void> {
    try {
      do {
        // Not before the map knows of this: what is said from now on has to be noticed.
        await Promise.resolve();
        this.nearby.get(chatId)!.again = false;
        await this.wake(chatId);
      } while (this.nearby.get(chatId)!.again && !this.stopping);
    } catch (error) {
      this.logger.warn(`Waking chat ${chatId} failed; the sweeper will: ${(error as Error).message}`);
    } finally {
      this.nearby.delete(chatId);
    }
  }
}
