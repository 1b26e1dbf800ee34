import { Inject, Injectable, Logger } from '@nestjs/common';
import { Settings } from '../../../core/config/settings.js';
import { isOutage } from '../../../core/database/outage.js';
import { INTERNAL_ERROR } from '../circuit.js';
import type { AttemptRow, DeliveryRow, Lease } from '../lane-leases.js';
import type { LogEntry, SkipReason } from '../routing.js';
import { eventIdOf } from '../signatures.js';
import type {
  DeliveryTrigger,
  LaneContext,
  LogPage,
  Transport,
  TransportRequest,
  TransportResult,
} from '../transport.js';
import { AttemptJudge, type Verdict } from './attempt-judge.js';
import { DeliveryMetrics } from './delivery-metrics.js';

export type Transports = Readonly<Record<string, Transport>>;
export const TRANSPORTS = Symbol('transports');

/** What a turn has done and not yet written down. */
export interface Ledger {
  cursorSeq: number;
  gapSeq: number | null;
  deliveries: DeliveryRow[];
  attempts: AttemptRow[];
}

/** One time that a lane is served. */
export interface Turn {
  lease: Lease;
  context: LaneContext;
  /** Whether it is here to see if the endpoint is back. */
  isProbe: boolean;
  endsAt: number;
  /** Milliseconds until the cursor is due again, once a try has failed. */
  retryInMs?: number;
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

export type TryOutcome = { kind: 'done' } | { kind: 'failed'; tries: number; delayMs: number; body: Buffer | null };

/** Tells a bot one entry of a log, or notes why not. */
@Injectable()
export class EntryTeller {
  private readonly logger = new Logger(EntryTeller.name);

  constructor(
    private readonly judge: AttemptJudge,
    private readonly metrics: DeliveryMetrics,
    private readonly settings: Settings,
    @Inject(TRANSPORTS) private readonly transports: Transports,
  ) {}

  /** Skips or tries an entry and notes it in the ledger. */
  async tell(turn: Turn, entry: LogEntry, page: LogPage, ledger: Ledger): Promise<TryOutcome> {
    const { lease, context } = turn;
    const eventId = eventIdOf(idOf(entry));
    const reason = await this.skipReason(entry, context, page);
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
    if (result.waitMs !== undefined) {
      return { kind: 'failed', tries: tries - 1, delayMs: result.waitMs, body: isHead ? lease.headBody : null };
    }
    if (result.skipped !== undefined) {
      const { skipped: why } = result;
      ledger.deliveries.push({ seq: entry.seq, eventId, status: 'skipped', reason: why, attempts: tries - 1 });
      this.metrics.count('skipped');
      return { kind: 'done' };
    }
    this.metrics.observe(result, tries === 1 ? Date.now() - timeOf(entry) : undefined);
    const verdict: Verdict =
      result.delivered || result.retryInMs === undefined
        ? await this.judge.judge(entry, context, tries, result, trigger === 'probe')
        : { kind: 'retry', delayMs: result.retryInMs };
    if (verdict.kind === 'dead') this.metrics.count('dead');
    note(ledger, { entry, eventId, tries, trigger, result, verdict });
    return verdict.kind === 'retry'
      ? { kind: 'failed', tries, delayMs: verdict.delayMs, body: result.body }
      : { kind: 'done' };
  }

  /** Tells an entry once more that somebody has asked for: one try, whatever became of the earlier ones. */
  async tellAgain(
    turn: Turn,
    entry: LogEntry,
    page: LogPage,
    ledger: Ledger,
    { attempts, status }: { attempts: number; status: string | null },
  ): Promise<void> {
    const { context } = turn;
    const reason = await this.transportReason(entry, context, page);
    if (reason !== undefined) return;
    const eventId = eventIdOf(idOf(entry));
    const tries = attempts + 1;
    const requestId = entry.message?.requestId ?? '';
    const trigger = 'manual';
    const result = await this.attempt({
      entry,
      context,
      page,
      eventId,
      attempt: tries,
      gapSeq: null,
      trigger,
      keptBody: null,
      requestId,
    });
    if (result.skipped !== undefined) return;
    this.metrics.observe(result, undefined);
    await this.judge.learn(entry, context, result, turn.isProbe);
    const isDelivered = result.delivered || status === 'delivered';
    note(ledger, { entry, eventId, tries, trigger, result, verdict: { kind: isDelivered ? 'delivered' : 'dead' } });
  }

  private async transportReason(entry: LogEntry, context: LaneContext, page: LogPage): Promise<SkipReason | undefined> {
    const { history, profile } = context;
    const sender = entry.message?.senderId ? page.users.get(entry.message.senderId) : undefined;
    const isMember = await history.wasMemberAt(entry.seq);
    return this.transport(context).skipReason(entry, { bot: profile.bot, isMember, sender }, context);
  }

  private async skipReason(entry: LogEntry, context: LaneContext, page: LogPage): Promise<SkipReason | undefined> {
    const reason = await this.transportReason(entry, context, page);
    if (reason !== undefined) return reason;
    const { maxAgeSeconds = this.settings.DELIVERY_MAX_AGE } = this.transport(context);
    return Date.now() - timeOf(entry) > maxAgeSeconds * 1000 ? 'expired' : undefined;
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

  private transport({ endpoint }: LaneContext): Transport {
    const transport = this.transports[endpoint.transport];
    if (!transport) throw new Error(`Nobody serves the transport ${endpoint.transport}.`);
    return transport;
  }
}

/** A chat whose id was chosen may be made again after it was deleted, and its log begins at 1 again: but at another time. */
function idOf({ message, event }: LogEntry): string {
  if (message) return message.id;
  return `${event.chatId}_${event.seq}_${event.createdAt.getTime()}`;
}

const timeOf = (entry: LogEntry): number => (entry.message ?? entry.event).createdAt.getTime();

function note(ledger: Ledger, { entry, eventId, tries, trigger, result, verdict }: Tried): void {
  const { httpStatus, errorCode, durationMs, responseHead } = result;
  const requestId = entry.message?.requestId ?? '';
  const { seq } = entry;
  ledger.attempts.push({ seq, number: tries, httpStatus, errorCode, durationMs, responseHead, requestId, trigger });
  const status = verdict.kind === 'retry' ? 'pending' : verdict.kind;
  ledger.deliveries.push({ seq, eventId, status, reason: errorCode, attempts: tries });
  // What is told again lies behind: it neither makes a gap nor fills one.
  if (trigger === 'manual') return;
  if (verdict.kind === 'delivered') ledger.gapSeq = null;
  if (verdict.kind === 'dead' && entry.message) ledger.gapSeq = seq;
}
