import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Settings } from '../../../core/config/settings.js';
import { isOutage } from '../../../core/database/outage.js';
import { MessageEntity } from '../../messages/index.js';
import { LaneLeases, type LaneProgress, type LaneStep, type Lease } from '../lane-leases.js';
import { RedeliveriesRepository } from '../inspection/redeliveries.repository.js';
import type { LogEntry } from '../routing.js';
import type { LogPage } from '../transport.js';
import { DeliveryMetrics } from './delivery-metrics.js';
import { EntryTeller, type Ledger, type Turn } from './entry-teller.js';
import { EventReader, PAGE_ENTRIES } from './event-reader.js';

/** After a fault of ours a lane is left alone for a moment, and then tried again. */
export const FAULT_DELAY_MS = 1000;

/** While the database is away. */
const RECORD_AGAIN_MS = 200;

/** A turn ends after so long, or with a full page, so that a busy chat does not keep a slot for itself. */
const TURN_MS = 2000;

/** How a turn has ended. */
export interface TurnResult {
  /** The turn was used up with work left to do: the cursor is due again already. */
  isYielded: boolean;
  /** Milliseconds until the cursor is due again, after a try that has failed. */
  retryInMs?: number;
}

/** `yielded`: given up with work left to do, so that its endpoint must be woken again. */
type LeaseState = 'held' | 'ended' | 'lost' | 'yielded';

const YIELD: LaneStep = { kind: 'later', delayMs: 0 };
const NO_HEAD = { headAttempts: 0, headBody: null };

/**
 * Serves lanes: tells a bot, one entry after the other, what was said in a chat.
 *
 *        a claimed lease
 *             │
 *             ▼
 *        read the log behind the cursor ◄──────────────────────────┐
 *             │                                                    │
 *        per entry: skip it for a reason, or try it                │ woken meanwhile
 *             │ delivered, skipped or dead ─► cursor on, rows ─────┤
 *             │ failed ─► lease off, due again at the retry's time │
 *             │ turn used up ─► lease off, due now                 │
 *             ▼                                                    │
 *        the log's end ─► lease off, nothing due ──────────────────┘
 *
 * Entry n+1 is not tried before n is done. A crash anywhere leaves the lease to run out, and the cursor where it was: the entry
 * is sent again, with the same event id. A worker that was only thought dead finds that its token no longer fits.
 */
@Injectable()
export class LaneRunner implements OnModuleDestroy {
  private readonly logger = new Logger(LaneRunner.name);
  /** For how long a lease holds unless it is renewed. */
  readonly leaseMs: number;
  private readonly slackMs: number;
  private stopping = false;

  constructor(
    private readonly lanes: LaneLeases,
    private readonly reader: EventReader,
    private readonly teller: EntryTeller,
    private readonly redeliveries: RedeliveriesRepository,
    private readonly metrics: DeliveryMetrics,
    settings: Settings,
  ) {
    this.slackMs = settings.DELIVERY_LEASE_SLACK_MS;
    this.leaseMs = Math.max(settings.CALLBACK_TIMEOUT_MS, settings.CONNECTOR_ACK_TIMEOUT_MS) + this.slackMs;
  }

  /** From now on turns end after the entry in hand. */
  onModuleDestroy(): void {
    this.stopping = true;
  }

  /** Serves a claimed lane for a turn. @param isProbe whether it is to find out if the endpoint is back */
  async run(lease: Lease, isProbe = false): Promise<TurnResult> {
    try {
      return await this.serve(lease, isProbe);
    } catch (error) {
      await this.giveBack(lease);
      throw error;
    }
  }

  /** After a fault of ours, the lane is not left to wait until its lease runs out. Best effort: the database may be the fault. */
  private async giveBack(lease: Lease): Promise<void> {
    const { cursorSeq, headAttempts, headBody, gapSeq } = lease;
    const step: LaneStep = { kind: 'later', delayMs: FAULT_DELAY_MS };
    const progress = { cursorSeq, headAttempts, headBody, gapSeq, deliveries: [], attempts: [], step };
    await this.lanes.record(lease, progress, this.leaseMs).catch(() => undefined);
  }

  private async serve(lease: Lease, isProbe: boolean): Promise<TurnResult> {
    const nextPage = async () => upTo(lease.endsSeq, await this.reader.page(lease.chatId, lease.cursorSeq));
    const [context, firstPage] = await Promise.all([this.reader.context(lease), nextPage()]);
    if (!context) return this.leave(lease);
    const turn: Turn = { lease, context, isProbe, endsAt: Date.now() + TURN_MS };
    let state = await this.servePage(turn, firstPage);
    while (state === 'held') state = await this.servePage(turn, await nextPage());
    return { isYielded: state === 'yielded', retryInMs: turn.retryInMs };
  }

  /** The endpoint is gone, or the chat: nothing of it is done any more, and its rows are removed by others. */
  private async leave(lease: Lease): Promise<TurnResult> {
    const { cursorSeq, headAttempts, headBody, gapSeq } = lease;
    const progress = { cursorSeq, headAttempts, headBody, gapSeq, deliveries: [], attempts: [] };
    await this.write(lease, { ...progress, step: { kind: 'finish' } });
    return { isYielded: false };
  }

  private async servePage(turn: Turn, page: LogPage): Promise<LeaseState> {
    const { lease } = turn;
    if (!(await this.catchUp(turn, page))) return 'ended';
    let ledger = emptyLedger(lease);
    for (const [index, read] of page.entries.entries()) {
      if (this.isNearItsEnd(lease)) {
        const state = await this.renew(turn, ledger);
        if (state !== 'held') return state;
        ledger = emptyLedger(lease);
      }
      const entry = lease.erasedSeqs.includes(read.seq) ? asRemoved(read) : read;
      const outcome = await this.teller.tell(turn, entry, page, ledger);
      if (outcome.kind === 'failed') {
        const { tries: headAttempts, body: headBody, delayMs } = outcome;
        const state = await this.write(lease, { ...ledger, headAttempts, headBody, step: { kind: 'later', delayMs } });
        if (delayMs === 0 && state === 'ended') return 'yielded';
        turn.retryInMs = delayMs;
        return state;
      }
      ledger.cursorSeq = entry.seq;
      const turnIsOver = this.stopping || Date.now() >= turn.endsAt;
      const isLast = index === page.entries.length - 1;
      // Each try is written down before the next, so that a crash repeats one entry and not the page.
      if ((ledger.attempts.length > 0 && !isLast) || turnIsOver) {
        const state = await this.write(lease, {
          ...ledger,
          ...NO_HEAD,
          step: turnIsOver ? YIELD : { kind: 'continue' },
        });
        if (state !== 'held') return turnIsOver && state === 'ended' ? 'yielded' : state;
        ledger = emptyLedger(lease);
      }
    }
    const mayBeMore = page.entries.length === PAGE_ENTRIES;
    if (!mayBeMore && lease.hasRedeliveries) return this.redeliver(turn, ledger);
    const state = await this.write(lease, { ...ledger, ...NO_HEAD, step: mayBeMore ? YIELD : { kind: 'finish' } });
    return mayBeMore && state === 'ended' ? 'yielded' : state;
  }

  /**
   * An attempt must be over before its lease is: another worker that has the subscription by then may have sent newer entries already. It
   * takes as long as the lease without its slack, so it must begin within that slack; reads that waited for a lock may have used it up.
   */
  private isNearItsEnd({ renewedAt }: Lease): boolean {
    return performance.now() - renewedAt > this.slackMs / 2;
  }

  /** Records what was done so far and renews the lease, or ends the turn if it is over. */
  private async renew(turn: Turn, ledger: Ledger): Promise<LeaseState> {
    const { lease } = turn;
    const isUnmoved = ledger.cursorSeq === lease.cursorSeq;
    const head = isUnmoved ? { headAttempts: lease.headAttempts, headBody: lease.headBody } : NO_HEAD;
    let progress: LaneProgress = { ...ledger, ...head, step: { kind: 'continue' } };
    for (;;) {
      const isOver = this.stopping || Date.now() >= turn.endsAt;
      const state = await this.write(lease, isOver ? { ...progress, step: YIELD } : progress);
      if (isOver && state === 'ended') return 'yielded';
      if (state !== 'held' || !this.isNearItsEnd(lease)) return state;
      progress = { ...progress, deliveries: [], attempts: [] };
    }
  }

  /**
   * Sees to it that what is known of the bot's membership is no older than the entries of the page: a bot may have come into the
   * chat, or gone, with one of them.
   *
   * @returns false when the endpoint or the chat is gone
   */
  private async catchUp(turn: Turn, { entries }: LogPage): Promise<boolean> {
    const newest = entries.at(-1)?.seq ?? 0;
    if (newest <= turn.context.chat.lastSeq) return true;
    const context = await this.reader.context(turn.lease);
    if (context) turn.context = context;
    return context !== undefined;
  }

  /** At the log's end, what was asked for once more: never before what is new. One entry, and then a look at the log again. */
  private async redeliver(turn: Turn, ledger: Ledger): Promise<LeaseState> {
    const { lease } = turn;
    const wanted = await this.redeliveries.next(lease);
    if (!wanted) return this.write(lease, { ...ledger, ...NO_HEAD, allRedelivered: true, step: { kind: 'finish' } });
    const page = await this.reader.page(lease.chatId, wanted.seq - 1);
    const entry = page.entries.find(({ seq }) => seq === wanted.seq);
    if (entry) await this.teller.tellAgain(turn, entry, page, ledger, wanted);
    const turnIsOver = this.stopping || Date.now() >= turn.endsAt;
    const state = await this.write(lease, { ...ledger, ...NO_HEAD, step: turnIsOver ? YIELD : { kind: 'continue' } });
    if (state !== 'lost') await this.redeliveries.remove(lease, wanted.seq);
    return turnIsOver && state === 'ended' ? 'yielded' : state;
  }

  private async write(lease: Lease, progress: LaneProgress): Promise<Exclude<LeaseState, 'yielded'>> {
    const state = await this.recordPatiently(lease, progress);
    if (state === 'lost') {
      this.metrics.leasesLost.inc();
      this.logger.warn(`The lane of chat ${lease.chatId} was taken over; what was done is not recorded`);
    }
    return state;
  }

  /**
   * What was delivered and could not be written down is delivered again. So for as long as the lease certainly holds it is tried, also
   * while the database is away; that it may have been written after all does no harm, since then the token fits no more.
   */
  private async recordPatiently(lease: Lease, progress: LaneProgress): Promise<Exclude<LeaseState, 'yielded'>> {
    const giveUpAt = performance.now() + this.slackMs - RECORD_AGAIN_MS;
    for (;;) {
      try {
        return await this.lanes.record(lease, progress, this.leaseMs);
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

/** Nothing behind the entry with which the bot has left is for it. */
const upTo = (endsSeq: number | null, page: LogPage): LogPage =>
  endsSeq === null ? page : { ...page, entries: page.entries.filter(({ seq }) => seq <= endsSeq) };

/** What was removed since the page was read is not sent. */
const asRemoved = (entry: LogEntry): LogEntry =>
  entry.message
    ? { ...entry, message: Object.assign(new MessageEntity(), entry.message, { removedAt: new Date() }) }
    : entry;

const emptyLedger = ({ cursorSeq, gapSeq }: Lease): Ledger => ({ cursorSeq, gapSeq, deliveries: [], attempts: [] });
