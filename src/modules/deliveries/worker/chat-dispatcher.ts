import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Database } from '../../../core/database/database.js';
import { GroupCommit, type Outcome } from '../../../core/database/group-commit.js';
import { ChatLog } from '../../chats/index.js';
import { DeliveryWakeups } from '../delivery-wakeups.js';
import { SubscriptionsRepository } from '../subscriptions.repository.js';
import { DeliveryScheduler } from './delivery-scheduler.js';
import { OutageNotices } from './outage-notices.js';

/** Maximum chats that are dispatched locally at a time. Further ones use the queue. */
const MAX_LOCAL = 256;

/** One transaction at a time for all chats that were added meanwhile: it holds locks that senders wait for. */
const GROUPS = { maxItems: 128, maxInFlight: 1 };

/** Chats whose rows were locked for too long are dispatched separately, each alone, so that they do not delay other chats. */
const SEPARATE_GROUPS = { maxItems: 1, maxInFlight: 4 };
const SEPARATE_MS = 10_000;
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Dispatches chats with new entries: makes the subscriptions that are behind due, and serves their endpoints here or wakes another worker.
 *
 * If the API runs in the same process, chats are dispatched without the queue, which saves two jobs per message. Guarantees are the same:
 * after a crash the chat is still pending in the database, and the sweeper finds it.
 */
@Injectable()
export class ChatDispatcher implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(ChatDispatcher.name);
  /** The chats that are being dispatched locally, and whether they have new entries since. */
  private readonly local = new Map<string, { again: boolean; done: Promise<void> }>();
  private readonly chats = new GroupCommit<string, void>((chatIds) => this.dispatchAll(chatIds), GROUPS);
  private readonly lockedChats = new GroupCommit<string, void>((chatIds) => this.dispatchAll(chatIds), SEPARATE_GROUPS);
  private readonly locked = new LRUCache<string, true>({ max: 10_000, ttl: SEPARATE_MS });
  private stopping = false;

  constructor(
    private readonly chatLog: ChatLog,
    private readonly subscriptions: SubscriptionsRepository,
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

  /** @throws if the chat's row is locked for too long; the chat stays pending */
  async dispatch(chatId: string): Promise<void> {
    try {
      await (this.locked.has(chatId) ? this.lockedChats : this.chats).write(chatId);
      this.locked.delete(chatId);
    } catch (error) {
      if ((error as { code?: string }).code === LOCK_NOT_AVAILABLE) this.locked.set(chatId, true);
      throw error;
    }
  }

  /** Dispatches a chat locally unless this process is busy. Failures are logged, and the chat stays pending. */
  dispatchLocally(chatId: string): boolean {
    const running = this.local.get(chatId);
    if (running) return (running.again = true);
    if (this.stopping || this.local.size >= MAX_LOCAL) return false;
    this.local.set(chatId, { again: false, done: this.dispatchAgain(chatId) });
    return true;
  }

  /** @returns the number of chats that are pending for so long */
  async dispatchPending(olderThanMs: number, limit: number): Promise<number> {
    const chatIds = await this.chatLog.findOverdue(olderThanMs, limit);
    for (const chatId of chatIds) this.dispatchLocally(chatId);
    return chatIds.length;
  }

  private async dispatchAgain(chatId: string): Promise<void> {
    try {
      do {
        // Waits until the map has this entry, so that new log entries set `again`.
        await Promise.resolve();
        this.local.get(chatId)!.again = false;
        await this.dispatch(chatId);
      } while (this.local.get(chatId)!.again && !this.stopping);
    } catch (error) {
      this.logger.warn(`Dispatching chat ${chatId} failed; the sweeper retries: ${(error as Error).message}`);
    } finally {
      this.local.delete(chatId);
    }
  }

  private async dispatchAll(chatIds: string[]): Promise<Outcome<void>[]> {
    const unique = [...new Set(chatIds)];
    const due = await this.database.inBackground(() =>
      this.subscriptions.dispatch(unique, this.chatLog.clearPendingQuery(unique)),
    );
    for (const endpointId of new Set(due.map(({ endpointId }) => endpointId))) {
      if (!this.scheduler.serveSoon(endpointId)) this.wakeups.enqueueEndpoint(endpointId);
    }
    this.notices.notifyChats(due);
    return chatIds.map(() => ({ value: undefined }));
  }
}
