import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { randomHex } from '../../../core/crypto/tokens.js';
import { Settings } from '../../../core/config/settings.js';
import { MessageEntity } from '../../messages/index.js';
import {
  type AttemptRow,
  type DeliveryRow,
  LaneLeases,
  type LaneProgress,
  type LaneStep,
  type Lease,
} from '../lane-leases.js';
import type { LaneKey } from '../lanes.repository.js';
import { INTERNAL_ERROR } from '../circuit.js';
import { type LogEntry, type SkipReason } from '../routing.js';
import { eventIdOf } from '../signatures.js';
import { DeliveryMetrics } from './delivery-metrics.js';
import { EventReader, PAGE_ENTRIES } from './event-reader.js';
import type {
  DeliveryTrigger,
  LaneContext,
  LogPage,
  Transport,
  TransportRequest,
  TransportResult,
} from '../transport.js';
import { AttemptJudge, type Verdict } from './attempt-judge.js';
import { AwayNotes } from './away-notes.js';
import { CircuitBreaker } from './circuit-breaker.js';
import { EndpointProfiles } from './endpoint-profiles.js';
import { isOutage } from './outage.js';

/** After a fault of ours a lane is left alone for a moment, and then tried again. */
const FAULT_DELAY_MS = 1000;

/** A turn ends after so long, or with a full page, so that a busy chat does not keep a slot for itself. */
const TURN_MS = 2000;

export type Transports = Readonly<Record<string, Transport>>;
export const TRANSPORTS = Symbol('transports');

/** What a turn has done and not yet written down. */
interface Ledger {
  cursorSeq: number;
  gapSeq: number | null;
  deliveries: DeliveryRow[];
  attempts: AttemptRow[];
}

/** One time that a lane is served. */
interface Turn {
  lease: Lease;
  context: LaneContext;
  /** Whether it is here to see if the endpoint is back. */
  isProbe: boolean;
  endsAt: number;
}

interface Tried {
  entry: LogEntry;
  eventId: string;
  tries: number;
  trigger: DeliveryTrigger;
  result: TransportResult;
  verdict: Verdict;
}

const FAULT = {
  delivered: false,
  httpStatus: null,
  errorCode: INTERNAL_ERROR,
  timedOut: false,
  responseHead: '',
  body: null,
};

/** `yielded`: given up with work left to do, so that the lane must be rung again. */
type LeaseState = 'held' | 'ended' | 'lost' | 'yielded';

const YIELD: LaneStep = { kind: 'later', delayMs: 0 };
const NO_HEAD = { headAttempts: 0, headBody: null };

type TryOutcome =
  | { kind: 'done' }
  | { kind: 'failed'; tries: number; delayMs: number; body: Buffer | null }
  | { kind: 'absent'; tries: number; body: Buffer | null };

/**
 * Serves lanes: tells a bot, one entry after the other, what was said in a chat.
 *
 *   bell ─► lease ──(nothing due, or served by another)──► end
 *             │
 *             ▼
 *        read the log behind the cursor ◄──────────────────────────┐
 *             │                                                    │
 *        per entry: skip it for a reason, or try it                │ woken meanwhile
 *             │ delivered, skipped or dead ─► cursor on, rows ─────┤
 *             │ failed ─► lease off, due again at the retry's time │
 *             │ nobody there ─► lease off, nothing due ────────────┤
 *             │ turn used up ─► lease off, due now, ring again     │
 *             ▼                                                    │
 *        the log's end ─► lease off, nothing due ──────────────────┘
 *
 * Entry n+1 is not tried before n is done. A crash anywhere leaves the lease to run out, and the cursor where it was: the entry
 * is sent again, with the same event id. A worker that was only thought dead finds that its token no longer fits.
 */
@Injectable()
export class LaneRunner implements OnModuleDestroy {
  private readonly logger = new Logger(LaneRunner.name);
  private readonly leaseMs: number;
  private stopping = false;

  constructor(
    private readonly lanes: LaneLeases,
    private readonly reader: EventReader,
    private readonly settings: Settings,
    private readonly metrics: DeliveryMetrics,
    private readonly circuit: CircuitBreaker,
    private readonly judge: AttemptJudge,
    private readonly notes: AwayNotes,
    private readonly profiles: EndpointProfiles,
    @Inject(TRANSPORTS) private readonly transports: Transports,
  ) {
    this.leaseMs = settings.CALLBACK_TIMEOUT_MS + settings.DELIVERY_LEASE_SLACK_MS;
  }

  /** From now on turns end after the entry in hand. */
  onModuleDestroy(): void {
    this.stopping = true;
  }

  /**
   * Serves a lane for a turn, if it is due and nobody else does.
   *
   * @returns `yielded` when the turn was used up with work left to do
   */
  async run(key: LaneKey): Promise<'done' | 'yielded'> {
    if (this.stopping) return 'done';
    const admission = await this.circuit.admit(key.endpointId);
    if (admission === 'blocked') return this.leave(key);
    const lease = await this.lanes.lease(key, randomHex(8), this.leaseMs);
    if (!lease) return 'done';
    try {
      return await this.serve(lease, admission === 'probe');
    } catch (error) {
      await this.giveBack(lease);
      throw error;
    }
  }

  /** The lane stays due: it is found again when its endpoint may be called. Its people are told why nobody answers. */
  private async leave({ endpointId, chatId }: LaneKey): Promise<'done'> {
    const failingSince = this.circuit.failingSince(endpointId);
    const profile = failingSince && (await this.profiles.read([endpointId])).get(endpointId);
    if (profile) this.notes.consider(profile.endpoint, chatId, failingSince);
    return 'done';
  }

  /** After a fault of ours, the lane is not left to wait until its lease runs out. Best effort: the database may be the fault. */
  private async giveBack(lease: Lease): Promise<void> {
    const { cursorSeq, headAttempts, headBody, gapSeq } = lease;
    const step: LaneStep = { kind: 'later', delayMs: FAULT_DELAY_MS };
    const progress = { cursorSeq, headAttempts, headBody, gapSeq, deliveries: [], attempts: [], step };
    await this.lanes.record(lease, progress, this.leaseMs).catch(() => undefined);
  }

  private async serve(lease: Lease, isProbe: boolean): Promise<'done' | 'yielded'> {
    const nextPage = () => this.reader.page(lease.chatId, lease.cursorSeq);
    const [context, firstPage] = await Promise.all([this.reader.context(lease), nextPage()]);
    if (!context) return 'done';
    const turn: Turn = { lease, context, isProbe, endsAt: Date.now() + TURN_MS };
    let state = await this.servePage(turn, firstPage);
    while (state === 'held') state = await this.servePage(turn, await nextPage());
    return state === 'yielded' ? 'yielded' : 'done';
  }

  private async servePage(turn: Turn, page: LogPage): Promise<LeaseState> {
    const { lease } = turn;
    let ledger = emptyLedger(lease);
    for (const [index, read] of page.entries.entries()) {
      const entry = lease.erasedSeqs.includes(read.seq) ? asRemoved(read) : read;
      const outcome = await this.handle(turn, entry, page, ledger);
      if (outcome.kind === 'failed') {
        const { tries: headAttempts, body: headBody, delayMs } = outcome;
        return this.write(lease, { ...ledger, headAttempts, headBody, step: { kind: 'later', delayMs } });
      }
      if (outcome.kind === 'absent') {
        const { tries: headAttempts, body: headBody } = outcome;
        return this.write(lease, { ...ledger, headAttempts, headBody, step: { kind: 'finish' } });
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
    const state = await this.write(lease, { ...ledger, ...NO_HEAD, step: mayBeMore ? YIELD : { kind: 'finish' } });
    return mayBeMore && state === 'ended' ? 'yielded' : state;
  }

  /** Skips or tries an entry and notes it in the ledger. */
  private async handle(turn: Turn, entry: LogEntry, page: LogPage, ledger: Ledger): Promise<TryOutcome> {
    const { lease, context } = turn;
    const eventId = eventIdOf(entry.message?.id ?? `${lease.chatId}_${entry.seq}`);
    const reason = this.skipReason(entry, context, page);
    if (reason !== undefined) {
      ledger.deliveries.push({ seq: entry.seq, eventId, status: 'skipped', reason, attempts: 0 });
      this.metrics.count('skipped');
      return { kind: 'done' };
    }
    // Only the entry behind the cursor can have been tried before.
    const isHead = ledger.cursorSeq === lease.cursorSeq && ledger.deliveries.length === 0;
    const tries = (isHead ? lease.headAttempts : 0) + 1;
    const isEdited = Boolean(entry.message?.updatedAt);
    const trigger = turn.isProbe && isHead ? 'probe' : 'auto';
    const result = await this.attempt({
      entry,
      context,
      page,
      eventId,
      attempt: tries,
      gapSeq: ledger.gapSeq,
      trigger,
      keptBody: isHead && !isEdited ? lease.headBody : null,
      requestId: entry.message?.requestId ?? '',
    });
    if (result.absent) return { kind: 'absent', tries: tries - 1, body: isHead ? lease.headBody : null };
    this.metrics.observe(result, tries === 1 ? Date.now() - timeOf(entry) : undefined);
    const verdict = await this.judge.judge(entry, context, tries, result, trigger === 'probe');
    note(ledger, { entry, eventId, tries, trigger, result, verdict });
    return verdict.kind === 'retry'
      ? { kind: 'failed', tries, delayMs: verdict.delayMs, body: result.body }
      : { kind: 'done' };
  }

  private skipReason(entry: LogEntry, context: LaneContext, page: LogPage): SkipReason | undefined {
    const { membership, profile } = context;
    const sender = entry.message?.senderId ? page.users.get(entry.message.senderId) : undefined;
    const reason = this.transport(context).skipReason(entry, { bot: profile.bot, membership, sender }, context);
    if (reason !== undefined) return reason;
    return Date.now() - timeOf(entry) > this.settings.DELIVERY_MAX_AGE * 1000 ? 'expired' : undefined;
  }

  /** What the transport throws is a fault of ours, and the event's if it is not the database's: then it must not go on for ever. */
  private async attempt(request: TransportRequest): Promise<TransportResult> {
    const startedAt = performance.now();
    try {
      return await this.transport(request.context).deliver(request);
    } catch (error) {
      if (isOutage(error)) throw error;
      this.logger.error(`Event ${request.eventId} cannot be sent: ${(error as Error).message}`, (error as Error).stack);
      const durationMs = Math.round(performance.now() - startedAt);
      return { ...FAULT, durationMs };
    }
  }

  private async write(lease: Lease, progress: LaneProgress): Promise<Exclude<LeaseState, 'yielded'>> {
    const state = await this.lanes.record(lease, progress, this.leaseMs);
    if (state === 'lost')
      this.logger.warn(`The lane of chat ${lease.chatId} was taken over; what was done is not recorded`);
    return state;
  }

  private transport({ endpoint }: LaneContext): Transport {
    const transport = this.transports[endpoint.transport];
    if (!transport) throw new Error(`Nobody serves the transport ${endpoint.transport}.`);
    return transport;
  }
}

/** What was removed since the page was read is not sent. */
const asRemoved = (entry: LogEntry): LogEntry =>
  entry.message
    ? { ...entry, message: Object.assign(new MessageEntity(), entry.message, { removedAt: new Date() }) }
    : entry;

const emptyLedger = ({ cursorSeq, gapSeq }: Lease): Ledger => ({ cursorSeq, gapSeq, deliveries: [], attempts: [] });

const timeOf = (entry: LogEntry): number => (entry.message ?? entry.event).createdAt.getTime();

function note(ledger: Ledger, { entry, eventId, tries, trigger, result, verdict }: Tried): void {
  const { httpStatus, errorCode, durationMs, responseHead } = result;
  const requestId = entry.message?.requestId ?? '';
  const { seq } = entry;
  ledger.attempts.push({ seq, number: tries, httpStatus, errorCode, durationMs, responseHead, requestId, trigger });
  const status = verdict.kind === 'retry' ? 'pending' : verdict.kind;
  ledger.deliveries.push({ seq, eventId, status, reason: errorCode, attempts: tries });
  if (verdict.kind === 'delivered') ledger.gapSeq = null;
  if (verdict.kind === 'dead' && entry.message) ledger.gapSeq = seq;
}
