import { Injectable, Logger } from '@nestjs/common';
import { Settings } from '../../../core/config/settings.js';
import { INTERNAL_ERROR, isPoison } from '../circuit.js';
import { retryDelay } from '../retry-schedule.js';
import type { LogEntry } from '../routing.js';
import type { LaneContext, TransportResult } from '../transport.js';
import { AwayNotes } from './away-notes.js';
import { CircuitBreaker } from './circuit-breaker.js';

/** `dead`: given up. `retry`: the lane waits, and this try counts unless the endpoint as a whole is at fault. */
export type Verdict = { kind: 'delivered' } | { kind: 'dead' } | { kind: 'retry'; delayMs: number };

/** Decides what becomes of an event after a try, and what is to be thought of its endpoint. */
@Injectable()
export class AttemptJudge {
  private readonly logger = new Logger(AttemptJudge.name);

  constructor(
    private readonly circuit: CircuitBreaker,
    private readonly notes: AwayNotes,
    private readonly settings: Settings,
  ) {}

  /** @param tries of this event, this one included */
  async judge(
    entry: LogEntry,
    context: LaneContext,
    tries: number,
    result: TransportResult,
    isProbe: boolean,
  ): Promise<Verdict> {
    const { endpoint } = context;
    const isCall = isEvidence(entry, context, result);
    if (result.delivered) {
      if (isCall) await this.circuit.succeeded(endpoint, result.durationMs);
      return { kind: 'delivered' };
    }
    const health = isCall ? await this.circuit.failed(endpoint, result, isProbe) : undefined;
    const delayMs = this.delay(entry, tries, result);
    const isDisabled = health?.state === 'disabled';
    const poison =
      !isDisabled && isPoison(result, tries, health ?? { failStreak: tries, lastSuccessAt: null, deaths: 0 });
    const isDead = (delayMs === undefined || poison) && !isDisabled;
    const nextTry = isDisabled ? 'when the endpoint is resumed' : `in ${Math.round((delayMs ?? 0) / 1000)} s`;
    const next = isDead ? 'given up' : `next try ${nextTry}`;
    const requestId = entry.message?.requestId || undefined;
    this.logger.warn(`Entry ${entry.seq} was not delivered (${result.errorCode}, try ${tries}); ${next}`, {
      chatId: context.chat.id,
      endpointId: endpoint.id,
      requestId,
    });
    if (isDead) {
      if (isCall) await this.circuit.gaveUp(endpoint);
      return { kind: 'dead' };
    }
    const outage = health && this.circuit.outageOf(endpoint.id);
    if (outage) this.notes.consider(endpoint, context.chat.id, outage);
    return { kind: 'retry', delayMs: delayMs ?? 0 };
  }

  /** Takes note of a try that decides nothing about its event. */
  async learn(entry: LogEntry, context: LaneContext, result: TransportResult, isProbe: boolean): Promise<void> {
    if (!isEvidence(entry, context, result)) return;
    const { endpoint } = context;
    if (result.delivered) await this.circuit.succeeded(endpoint, result.durationMs);
    else await this.circuit.failed(endpoint, result, isProbe);
  }

  /** Of coming and going a bot is told once: one that knows messages only may fail at anything else, and no message waits for it. */
  private delay(entry: LogEntry, tries: number, result: TransportResult): number | undefined {
    return entry.message ? retryDelay(this.settings.CALLBACK_RETRY_SCHEDULE, tries, result) : undefined;
  }
}

/** Whether the result says anything of the endpoint. A bot that knows messages only may fail at all else, and is well. */
const isEvidence = (entry: LogEntry, { endpoint }: LaneContext, { delivered, errorCode }: TransportResult): boolean =>
  endpoint.transport === 'callback' && errorCode !== INTERNAL_ERROR && (delivered || entry.message !== undefined);
