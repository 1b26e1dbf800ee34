import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Database } from '../../../core/database/database.js';
import { GroupCommit, type Outcome } from '../../../core/database/group-commit.js';
import { ChatLog } from '../../chats/index.js';
import { DeliveryWakeups } from '../delivery-wakeups.js';
import { LanesRepository } from '../lanes.repository.js';
import { DeliveryScheduler } from './delivery-scheduler.js';
import { OutageNotices } from './outage-notices.js';

/** Chats that are dispatched without a way through the queue, at a time. More go through it. */
const MAX_LOCAL = 256;

/** One transaction at a time, for as many chats as have gathered meanwhile: it holds locks that senders wait for. */
const GROUPS = { maxItems: 128, maxInFlight: 1 };

/** Chats whose rows were locked for too long are dispatched aside, each alone, so that they delay each other only. */
const ASIDE = { maxItems: 1, maxInFlight: 4 };
const ASIDE_MS = 10_000;
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Dispatches chats whose logs have grown: the cursors that are behind become due, and their endpoints are served here or woken.
 *
 * Where the API is in the same process, chats are dispatched here before the queue is asked: two jobs less for a message, and no
 * promise more or less, since whatever is forgotten in a crash is pending in the database and found by the sweeper.
 */
@Injectable()
export class ChatDispatcher implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(ChatDispatcher.name);
  /** The chats being dispatched here, and whether their logs have grown again meanwhile. */
  private readonly local = new Map<string, { again: boolean; done: Promise<void> }>();
  private readonly chats = new GroupCommit<string, void>((chatIds) => this.dispatchAll(chatIds), GROUPS);
  private readonly lockedChats = new GroupCommit<string, void>((chatIds) => this.dispatchAll(chatIds), ASIDE);
  private readonly locked = new LRUCache<string, true>({ max: 10_000, ttl: ASIDE_MS });
  private stopping = false;

  constructor(
    private readonly log: ChatLog,
    private readonly lanes: LanesRepository,
    private readonly scheduler: DeliveryScheduler,
    private readonly notices: OutageNotices,
    private readonly wakeups: DeliveryWakeups,
    private readonly database: Database,
  ) {}

  onApplicationBootstrap(): void {
    this.wakeups.useLocalWorker({
      dispatch: (chatId) => this.dispatchLocally(chatId),
      serve: (endpointId) => this.scheduler.serve(endpointId),
    });
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping = true;
    await Promise.all([...this.local.values()].map(({ done }) => done));
  }

  /** @throws when the chat's row is locked for too long: the chat stays pending */
  async dispatch(chatId: string): Promise<void> {
    try {
      await (this.locked.has(chatId) ? this.lockedChats : this.chats).write(chatId);
      this.locked.delete(chatId);
    } catch (error) {
      if ((error as { code?: string }).code === LOCK_NOT_AVAILABLE) this.locked.set(chatId, true);
      throw error;
    }
  }

  /** Dispatches a chat at once, if this process has a hand free. Failures are logged, and the chat stays pending. */
  dispatchLocally(chatId: string): boolean {
    const running = this.local.get(chatId);
    if (running) return (running.again = true);
    if (this.stopping || this.local.size >= MAX_LOCAL) return false;
    this.local.set(chatId, { again: false, done: this.dispatchAgain(chatId) });
    return true;
  }

  /** @returns how many chats were found that are pending for so long */
  async dispatchPending(olderThanMs: number, limit: number): Promise<number> {
    const chatIds = await this.log.stale(olderThanMs, limit);
    for (const chatId of chatIds) this.dispatchLocally(chatId);
    return chatIds.length;
  }

  private async dispatchAgain(chatId: string): Promise<void> {
    try {
      do {
        // Not before the map knows of this: what is said from now on has to be noticed.
        await Promise.resolve();
        this.local.get(chatId)!.again = false;
        await this.dispatch(chatId);
      } while (this.local.get(chatId)!.again && !this.stopping);
    } catch (error) {
      this.logger.warn(`Dispatching chat ${chatId} failed; the sweeper will: ${(error as Error).message}`);
    } finally {
      this.local.delete(chatId);
    }
  }

  private async dispatchAll(chatIds: string[]): Promise<Outcome<void>[]> {
    const unique = [...new Set(chatIds)];
    const cursors = await this.database.inBackground(() => this.lanes.wake(unique, this.log.disarming(unique)));
    for (const endpointId of new Set(cursors.map(({ endpointId }) => endpointId))) {
      if (!this.scheduler.serveSoon(endpointId)) this.wakeups.enqueueEndpoint(endpointId);
    }
    this.notices.considerChats(cursors);
    return chatIds.map(() => ({ value: undefined }));
  }
}
