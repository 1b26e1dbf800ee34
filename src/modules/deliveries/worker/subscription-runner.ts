import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { DeliverySettings } from '../deliveries.settings.js';
import { isOutage } from '../../../core/database/outage.js';
import { MessageEntity } from '../../messages/index.js';
import { SubscriptionLeases, type SubscriptionProgress, type LeaseStep, type Lease } from '../subscription-leases.js';
import { RedeliveriesRepository } from '../inspection/redeliveries.repository.js';
import type { LogEntry } from '../routing.js';
import type { LogPage } from '../transport.js';
import { DeliveryMetrics } from './delivery-metrics.js';
import { EntryDeliverer, type DeliveryBatch, type Turn } from './entry-deliverer.js';
import { EventReader, PAGE_ENTRIES } from './event-reader.js';

/** Delay of a subscription after an internal error. */
export const FAULT_DELAY_MS = 1000;

/** Delay between attempts to record results while the database is unavailable. */
const RECORD_AGAIN_MS = 200;

/** A turn ends after this time or a full page, so that a busy chat does not occupy a slot. */
const TURN_MS = 2000;

/** The result of a turn. */
export interface TurnResult {
  /** The turn ended with work left: the subscription is due again. */
  isYielded: boolean;
  /** Milliseconds until the subscription is due again, after a failed attempt. */
  retryInMs?: number;
}

/** `yielded`: the lease ended with work left, so the endpoint needs another wake-up. */
type LeaseState = 'held' | 'ended' | 'lost' | 'yielded';

const YIELD: LeaseStep = { kind: 'later', delayMs: 0 };
const NO_HEAD = { headAttempts: 0, headBody: null };

/**
 * Serves subscriptions: delivers the entries of a chat to a bot in order.
 *
 *        a claimed lease
 *             │
 *             ▼
 *        read the log after the cursor ◄───────────────────────────┐
 *             │                                                    │
 *        per entry: skip it for a reason, or attempt it            │ due again meanwhile
 *             │ delivered, skipped or dead ─► record, move cursor ─┤
 *             │ failed ─► end lease, due at the retry's time       │
 *             │ turn over ─► end lease, due now                    │
 *             ▼                                                    │
 *        end of the log ─► end lease, not due ─────────────────────┘
 *
 * Entry n+1 is not attempted before entry n is done. After a crash the lease expires and the cursor is unchanged, so the entry is sent
 * again with the same event id. A worker whose lease expired while it was alive fails the check of its fencing token.
 */
@Injectable()
export class SubscriptionRunner implements OnModuleDestroy {
  private readonly logger = new Logger(SubscriptionRunner.name);
  /** Duration of a lease. */
  readonly leaseMs: number;
  private readonly slackMs: number;
  private stopping = false;

  constructor(
    private readonly leases: SubscriptionLeases,
    private readonly reader: EventReader,
    private readonly deliverer: EntryDeliverer,
    private readonly redeliveries: RedeliveriesRepository,
    private readonly metrics: DeliveryMetrics,
    settings: DeliverySettings,
  ) {
    this.slackMs = settings.DELIVERY_LEASE_SLACK_MS;
    this.leaseMs = Math.max(settings.CALLBACK_TIMEOUT_MS, settings.CONNECTOR_ACK_TIMEOUT_MS) + this.slackMs;
  }

  /** Turns end after the current entry. */
  onModuleDestroy(): void {
    this.stopping = true;
  }

  /** Serves a claimed subscription for a turn. @param isProbe whether the turn probes for a recovery of the endpoint */
  async run(lease: Lease, isProbe = false): Promise<TurnResult> {
    try {
      return await this.serve(lease, isProbe);
    } catch (error) {
      await this.release(lease);
      throw error;
    }
  }

  /** Ends the lease after an internal error instead of letting it expire. Best effort: the database may be unavailable. */
  private async release(lease: Lease): Promise<void> {
    const { cursorSeq, headAttempts, headBody, gapSeq } = lease;
    const step: LeaseStep = { kind: 'later', delayMs: FAULT_DELAY_MS };
    const progress = { cursorSeq, headAttempts, headBody, gapSeq, deliveries: [], attempts: [], step };
    await this.leases.record(lease, progress, this.leaseMs).catch(() => undefined);
  }

  private async serve(lease: Lease, isProbe: boolean): Promise<TurnResult> {
    const nextPage = async () => upTo(lease.endsSeq, await this.reader.page(lease.chatId, lease.cursorSeq));
    const [context, firstPage] = await Promise.all([this.reader.context(lease), nextPage()]);
    if (!context) return this.finish(lease);
    const turn: Turn = { lease, context, isProbe, endsAt: Date.now() + TURN_MS };
    let state = await this.servePage(turn, firstPage);
    while (state === 'held') state = await this.servePage(turn, await nextPage());
    return { isYielded: state === 'yielded', retryInMs: turn.retryInMs };
  }

  /** Ends the lease if the endpoint or the chat was deleted. Other services delete the rows. */
  private async finish(lease: Lease): Promise<TurnResult> {
    const { cursorSeq, headAttempts, headBody, gapSeq } = lease;
    const progress = { cursorSeq, headAttempts, headBody, gapSeq, deliveries: [], attempts: [] };
    await this.write(lease, { ...progress, step: { kind: 'finish' } });
    return { isYielded: false };
  }

  private async servePage(turn: Turn, page: LogPage): Promise<LeaseState> {
    const { lease } = turn;
    if (!(await this.catchUp(turn, page))) return 'ended';
    let batch = emptyBatch(lease);
    for (const [index, read] of page.entries.entries()) {
      if (this.isNearExpiry(lease)) {
        const state = await this.renew(turn, batch);
        if (state !== 'held') return state;
        batch = emptyBatch(lease);
      }
      const entry = lease.erasedSeqs.includes(read.seq) ? asRemoved(read) : read;
      const outcome = await this.deliverer.deliver(turn, entry, page, batch);
      if (outcome.kind === 'failed') {
        const { tries: headAttempts, body: headBody, delayMs } = outcome;
        const state = await this.write(lease, { ...batch, headAttempts, headBody, step: { kind: 'later', delayMs } });
        if (delayMs === 0 && state === 'ended') return 'yielded';
        turn.retryInMs = delayMs;
        return state;
      }
      batch.cursorSeq = entry.seq;
      const turnIsOver = this.stopping || Date.now() >= turn.endsAt;
      const isLast = index === page.entries.length - 1;
      // Each attempt is recorded before the next, so that a crash repeats one entry and not the page.
      if ((batch.attempts.length > 0 && !isLast) || turnIsOver) {
        const state = await this.write(lease, {
          ...batch,
          ...NO_HEAD,
          step: turnIsOver ? YIELD : { kind: 'continue' },
        });
        if (state !== 'held') return turnIsOver && state === 'ended' ? 'yielded' : state;
        batch = emptyBatch(lease);
      }
    }
    const mayBeMore = page.entries.length === PAGE_ENTRIES;
    if (!mayBeMore && lease.hasRedeliveries) return this.redeliver(turn, batch);
    const state = await this.write(lease, { ...batch, ...NO_HEAD, step: mayBeMore ? YIELD : { kind: 'finish' } });
    return mayBeMore && state === 'ended' ? 'yielded' : state;
  }

  /**
   * An attempt must end before its lease does: after that, another worker may have sent newer entries. An attempt takes at most the lease
   * without its slack, so it must begin within the slack. Reads that waited for a lock may have used it up.
   */
  private isNearExpiry({ renewedAt }: Lease): boolean {
    return performance.now() - renewedAt > this.slackMs / 2;
  }

  /** Records the results so far and renews the lease, or ends the turn if it is over. */
  private async renew(turn: Turn, batch: DeliveryBatch): Promise<LeaseState> {
    const { lease } = turn;
    const isUnmoved = batch.cursorSeq === lease.cursorSeq;
    const head = isUnmoved ? { headAttempts: lease.headAttempts, headBody: lease.headBody } : NO_HEAD;
    let progress: SubscriptionProgress = { ...batch, ...head, step: { kind: 'continue' } };
    for (;;) {
      const isOver = this.stopping || Date.now() >= turn.endsAt;
      const state = await this.write(lease, isOver ? { ...progress, step: YIELD } : progress);
      if (isOver && state === 'ended') return 'yielded';
      if (state !== 'held' || !this.isNearExpiry(lease)) return state;
      progress = { ...progress, deliveries: [], attempts: [] };
    }
  }

  /**
   * Reloads a context that is older than the entries of the page, since one of them may be a join or leave of the bot.
   *
   * @returns false if the endpoint or the chat does not exist
   */
  private async catchUp(turn: Turn, { entries }: LogPage): Promise<boolean> {
    const newest = entries.at(-1)?.seq ?? 0;
    if (newest <= turn.context.chat.lastSeq) return true;
    const context = await this.reader.context(turn.lease);
    if (context) turn.context = context;
    return context !== undefined;
  }

  /** Delivers one requested entry again, at the end of the log only: new entries come first. */
  private async redeliver(turn: Turn, batch: DeliveryBatch): Promise<LeaseState> {
    const { lease } = turn;
    const requested = await this.redeliveries.next(lease);
    if (!requested) return this.write(lease, { ...batch, ...NO_HEAD, allRedelivered: true, step: { kind: 'finish' } });
    const page = await this.reader.page(lease.chatId, requested.seq - 1);
    const entry = page.entries.find(({ seq }) => seq === requested.seq);
    if (entry) await this.deliverer.redeliver(turn, entry, page, batch, requested);
    const turnIsOver = this.stopping || Date.now() >= turn.endsAt;
    const state = await this.write(lease, { ...batch, ...NO_HEAD, step: turnIsOver ? YIELD : { kind: 'continue' } });
    if (state !== 'lost') await this.redeliveries.remove(lease, requested.seq);
    return turnIsOver && state === 'ended' ? 'yielded' : state;
  }

  private async write(lease: Lease, progress: SubscriptionProgress): Promise<Exclude<LeaseState, 'yielded'>> {
    const state = await this.recordWithRetries(lease, progress);
    if (state === 'lost') {
      this.metrics.leasesLost.inc();
      this.logger.warn(`The subscription in chat ${lease.chatId} was taken over; the results are not recorded`);
    }
    return state;
  }

  /**
   * Entries whose results are not recorded are delivered again. So the record is retried during a database outage for as long as the lease
   * certainly holds. If an earlier write was committed after all, the retry is rejected by the token.
   */
  private async recordWithRetries(
    lease: Lease,
    progress: SubscriptionProgress,
  ): Promise<Exclude<LeaseState, 'yielded'>> {
    const giveUpAt = performance.now() + this.slackMs - RECORD_AGAIN_MS;
    for (;;) {
      try {
        return await this.leases.record(lease, progress, this.leaseMs);
      } catch (error) {
        if (!isOutage(error) || performance.now() >= giveUpAt) {
          this.metrics.recordsFailed.inc();
          throw error;
        }
        await sleep(RECORD_AGAIN_MS);
      }
    }
  }
}

/** Drops entries after the leave of the bot. */
const upTo = (endsSeq: number | null, page: LogPage): LogPage =>
  endsSeq === null ? page : { ...page, entries: page.entries.filter(({ seq }) => seq <= endsSeq) };

/** Marks an entry as removed, if it was removed after the page was read. */
const asRemoved = (entry: LogEntry): LogEntry =>
  entry.message
    ? { ...entry, message: Object.assign(new MessageEntity(), entry.message, { removedAt: new Date() }) }
    : entry;

const emptyBatch = ({ cursorSeq, gapSeq }: Lease): DeliveryBatch => ({
  cursorSeq,
  gapSeq,
  deliveries: [],
  attempts: [],
});
