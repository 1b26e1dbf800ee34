import { Inject, Injectable, Logger } from '@nestjs/common';
import { DeliverySettings } from '../deliveries.settings.js';
import { isOutage } from '../../../core/database/outage.js';
import { INTERNAL_ERROR } from '../circuit.js';
import type { AttemptRow, DeliveryRow, Lease } from '../subscription-leases.js';
import type { LogEntry, SkipReason } from '../routing.js';
import { eventIdOf } from '../signatures.js';
import type {
  DeliveryTrigger,
  DeliveryContext,
  LogPage,
  Transport,
  TransportRequest,
  TransportResult,
} from '../transport.js';
import { RetryPolicy, type RetryDecision } from './retry-policy.js';
import { DeliveryMetrics } from './delivery-metrics.js';

export type Transports = Readonly<Record<string, Transport>>;
export const TRANSPORTS = Symbol('transports');

/** Results of a turn that are not recorded yet. */
export interface DeliveryBatch {
  cursorSeq: number;
  gapSeq: number | null;
  deliveries: DeliveryRow[];
  attempts: AttemptRow[];
}

/** A turn of a subscription. */
export interface Turn {
  lease: Lease;
  context: DeliveryContext;
  /** Whether the turn probes for a recovery of the endpoint. */
  isProbe: boolean;
  endsAt: number;
  /** Milliseconds until the subscription is due again, after a failed attempt. */
  retryInMs?: number;
}

interface AttemptResult {
  entry: LogEntry;
  eventId: string;
  tries: number;
  trigger: DeliveryTrigger;
  result: TransportResult;
  decision: RetryDecision;
}

const INTERNAL_FAILURE = {
  delivered: false,
  httpStatus: null,
  errorCode: INTERNAL_ERROR,
  timedOut: false,
  responseHead: '',
  body: null,
};

export type AttemptOutcome = { kind: 'done' } | { kind: 'failed'; tries: number; delayMs: number; body: Buffer | null };

/** Delivers a log entry to a bot, or records the reason to skip it. */
@Injectable()
export class EntryDeliverer {
  private readonly logger = new Logger(EntryDeliverer.name);

  constructor(
    private readonly retryPolicy: RetryPolicy,
    private readonly metrics: DeliveryMetrics,
    private readonly settings: DeliverySettings,
    @Inject(TRANSPORTS) private readonly transports: Transports,
  ) {}

  /** Skips or attempts an entry and adds the result to the batch. */
  async deliver(turn: Turn, entry: LogEntry, page: LogPage, batch: DeliveryBatch): Promise<AttemptOutcome> {
    const { lease, context } = turn;
    const eventId = eventIdOf(idOf(entry));
    const reason = await this.skipReason(entry, context, page);
    if (reason !== undefined) {
      batch.deliveries.push({ seq: entry.seq, eventId, status: 'skipped', reason, attempts: 0 });
      this.metrics.count('skipped');
      return { kind: 'done' };
    }
    // Only the entry after the cursor can have earlier attempts.
    const isHead = batch.cursorSeq === lease.cursorSeq && batch.deliveries.length === 0;
    const tries = (isHead ? lease.headAttempts : 0) + 1;
    const isEdited = Boolean(entry.message?.updatedAt);
    const trigger = turn.isProbe && isHead ? 'probe' : 'auto';
    const result = await this.attempt({
      entry,
      context,
      page,
      eventId,
      attempt: tries,
      gapSeq: batch.gapSeq,
      trigger,
      keptBody: isHead && !isEdited ? lease.headBody : null,
      requestId: entry.message?.requestId ?? '',
    });
    if (result.waitMs !== undefined) {
      return { kind: 'failed', tries: tries - 1, delayMs: result.waitMs, body: isHead ? lease.headBody : null };
    }
    if (result.skipped !== undefined) {
      const { skipped } = result;
      batch.deliveries.push({ seq: entry.seq, eventId, status: 'skipped', reason: skipped, attempts: tries - 1 });
      this.metrics.count('skipped');
      return { kind: 'done' };
    }
    this.metrics.observe(result, tries === 1 ? Date.now() - timeOf(entry) : undefined);
    const decision: RetryDecision =
      result.delivered || result.retryInMs === undefined
        ? await this.retryPolicy.decide(entry, context, tries, result, trigger === 'probe')
        : { kind: 'retry', delayMs: result.retryInMs };
    if (decision.kind === 'dead') this.metrics.count('dead');
    addResult(batch, { entry, eventId, tries, trigger, result, decision });
    return decision.kind === 'retry'
      ? { kind: 'failed', tries, delayMs: decision.delayMs, body: result.body }
      : { kind: 'done' };
  }

  /** Delivers an entry again on request: one attempt, whatever the earlier result. */
  async redeliver(
    turn: Turn,
    entry: LogEntry,
    page: LogPage,
    batch: DeliveryBatch,
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
    await this.retryPolicy.recordOutcome(entry, context, result, turn.isProbe);
    const isDelivered = result.delivered || status === 'delivered';
    addResult(batch, {
      entry,
      eventId,
      tries,
      trigger,
      result,
      decision: { kind: isDelivered ? 'delivered' : 'dead' },
    });
  }

  private async transportReason(
    entry: LogEntry,
    context: DeliveryContext,
    page: LogPage,
  ): Promise<SkipReason | undefined> {
    const { history, profile } = context;
    const sender = entry.message?.senderId ? page.users.get(entry.message.senderId) : undefined;
    const isMember = await history.wasMemberAt(entry.seq);
    return this.transport(context).skipReason(entry, { bot: profile.bot, isMember, sender }, context);
  }

  private async skipReason(entry: LogEntry, context: DeliveryContext, page: LogPage): Promise<SkipReason | undefined> {
    const reason = await this.transportReason(entry, context, page);
    if (reason !== undefined) return reason;
    const { maxAgeSeconds = this.settings.DELIVERY_MAX_AGE } = this.transport(context);
    return Date.now() - timeOf(entry) > maxAgeSeconds * 1000 ? 'expired' : undefined;
  }

  /** An error of the transport is internal. Unless it is a database outage, it counts as an attempt, so that retries end. */
  private async attempt(request: TransportRequest): Promise<TransportResult> {
    const startedAt = performance.now();
    try {
      return await this.transport(request.context).deliver(request);
    } catch (error) {
      if (isOutage(error)) throw error;
      this.logger.error(`Sending event ${request.eventId} failed: ${(error as Error).message}`, (error as Error).stack);
      const durationMs = Math.round(performance.now() - startedAt);
      return { ...INTERNAL_FAILURE, durationMs };
    }
  }

  private transport({ endpoint }: DeliveryContext): Transport {
    const transport = this.transports[endpoint.transport];
    if (!transport) throw new Error(`Unknown transport: ${endpoint.transport}`);
    return transport;
  }
}

/** Includes the time: a chat can be created again with the same id after its deletion, and its log starts at 1 again. */
function idOf({ message, event }: LogEntry): string {
  if (message) return message.id;
  return `${event.chatId}_${event.seq}_${event.createdAt.getTime()}`;
}

const timeOf = (entry: LogEntry): number => (entry.message ?? entry.event).createdAt.getTime();

function addResult(batch: DeliveryBatch, { entry, eventId, tries, trigger, result, decision }: AttemptResult): void {
  const { httpStatus, errorCode, durationMs, responseHead } = result;
  const requestId = entry.message?.requestId ?? '';
  const { seq } = entry;
  batch.attempts.push({ seq, number: tries, httpStatus, errorCode, durationMs, responseHead, requestId, trigger });
  const status = decision.kind === 'retry' ? 'pending' : decision.kind;
  batch.deliveries.push({ seq, eventId, status, reason: errorCode, attempts: tries });
  // A redelivered entry is before the cursor: it neither makes nor fills a gap.
  if (trigger === 'manual') return;
  if (decision.kind === 'delivered') batch.gapSeq = null;
  if (decision.kind === 'dead' && entry.message) batch.gapSeq = seq;
}
