import { Injectable, Logger } from '@nestjs/common';
import { DeliverySettings } from '../deliveries.settings.js';
import { INTERNAL_ERROR, isPoison } from '../circuit.js';
import { retryDelay } from '../retry-schedule.js';
import type { LogEntry } from '../routing.js';
import type { DeliveryContext, TransportResult } from '../transport.js';
import { BotUnavailableNotices } from './outage-notices.js';
import { CircuitBreaker } from './circuit-breaker.js';

/** `dead`: the entry is given up. `retry`: the next attempt follows after `delayMs`. */
export type RetryDecision = { kind: 'delivered' } | { kind: 'dead' } | { kind: 'retry'; delayMs: number };

/** Decides after an attempt whether to retry or give up the entry, and updates the health of the endpoint. */
@Injectable()
export class RetryPolicy {
  private readonly logger = new Logger(RetryPolicy.name);

  constructor(
    private readonly circuit: CircuitBreaker,
    private readonly notices: BotUnavailableNotices,
    private readonly settings: DeliverySettings,
  ) {}

  /** @param attempts number of attempts of this entry, including this one */
  async decide(
    entry: LogEntry,
    context: DeliveryContext,
    attempts: number,
    result: TransportResult,
    isProbe: boolean,
  ): Promise<RetryDecision> {
    const { endpoint } = context;
    const isCall = countsForHealth(entry, context, result);
    if (result.delivered) {
      if (isCall) await this.circuit.recordSuccess(endpoint, result.durationMs);
      return { kind: 'delivered' };
    }
    const health = isCall ? await this.circuit.recordFailure(endpoint, result, isProbe) : undefined;
    const delayMs = this.delay(entry, attempts, result);
    const isDisabled = health?.state === 'disabled';
    const isPoisonous =
      !isDisabled && isPoison(result, attempts, health ?? { failStreak: attempts, lastSuccessAt: null, deadCount: 0 });
    const isDead = (delayMs === undefined || isPoisonous) && !isDisabled;
    const nextAttempt = isDisabled ? 'when the endpoint is resumed' : `in ${Math.round((delayMs ?? 0) / 1000)} s`;
    const next = isDead ? 'given up' : `next attempt ${nextAttempt}`;
    const requestId = entry.message?.requestId || undefined;
    this.logger.warn(`Entry ${entry.seq} was not delivered (${result.errorCode}, attempt ${attempts}); ${next}`, {
      chatId: context.chat.id,
      endpointId: endpoint.id,
      requestId,
    });
    if (isDead) {
      if (isCall) await this.circuit.recordGivenUp(endpoint);
      return { kind: 'dead' };
    }
    const outage = health && this.circuit.outageOf(endpoint.id);
    if (outage) this.notices.sendIfDue(endpoint, context.chat.id, outage);
    return { kind: 'retry', delayMs: delayMs ?? 0 };
  }

  /** Updates the health of the endpoint after a redelivery. */
  async recordOutcome(
    entry: LogEntry,
    context: DeliveryContext,
    result: TransportResult,
    isProbe: boolean,
  ): Promise<void> {
    if (!countsForHealth(entry, context, result)) return;
    const { endpoint } = context;
    if (result.delivered) await this.circuit.recordSuccess(endpoint, result.durationMs);
    else await this.circuit.recordFailure(endpoint, result, isProbe);
  }

  /** Membership entries are not retried: a bot that supports only messages may reject them, and must not delay its messages. */
  private delay(entry: LogEntry, attempts: number, result: TransportResult): number | undefined {
    return entry.message ? retryDelay(this.settings.CALLBACK_RETRY_SCHEDULE, attempts, result) : undefined;
  }
}

/** Whether the result counts for the health of the endpoint. Rejected membership entries do not: the bot may support only messages. */
const countsForHealth = (
  entry: LogEntry,
  { endpoint }: DeliveryContext,
  { delivered, errorCode }: TransportResult,
): boolean =>
  endpoint.transport === 'callback' && errorCode !== INTERNAL_ERROR && (delivered || entry.message !== undefined);
