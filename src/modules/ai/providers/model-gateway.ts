import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { AiModuleSettings } from '../ai.settings.js';
import { CircuitBreakers, type CircuitEvent } from './circuit-breakers.js';
import { familyOf, toChatBody, toResponsesBody } from './model-family.js';
import { type FailureKind, isRetryable, LONGEST_WAIT_MS, ModelFailure, modelRetryDelay } from './model-failure.js';
import type { ModelEvent, ModelProvider, ModelRequest, ModelTarget } from './model.types.js';
import { requestHash } from './recordings.js';
import { UnsupportedParameters } from './unsupported-parameters.js';

export const MODEL_PROVIDER = Symbol('model provider');

const MAX_TRIES = 3;
const MAX_DROPS = 3;
/** Factor for the first-token timeout of reasoning models. */
const REASONING_TIMEOUT_FACTOR = 4;

/** Trace of a request, recorded in the run. It is filled in as the request proceeds. */
export interface RequestTrace {
  /** The last target. */
  target?: ModelTarget;
  requests: number;
  hash: string;
  paramsSent: Record<string, unknown>;
  paramsDropped: string[];
  requestId: string;
  /** Targets that failed before. */
  failedTargets: { target: ModelTarget; failure: ModelFailure }[];
  /** State changes of circuits. */
  circuitEvents: { target: ModelTarget; event: CircuitEvent }[];
}

export const newTrace = (): RequestTrace => ({
  requests: 0,
  hash: '',
  paramsSent: {},
  paramsDropped: [],
  requestId: '',
  failedTargets: [],
  circuitEvents: [],
});

/** Failures after which the next fallback is tried. */
const FALLBACK_KINDS: readonly FailureKind[] = [
  'circuit_open',
  'quota',
  'auth',
  'rate_limited',
  'not_found',
  'server',
  'network',
  'timeout',
];

/**
 * Sends all model requests: drops unsupported parameters, retries temporary failures, and falls back to other targets.
 *
 *   circuit open? ──► request ──(unsupported parameter)──► without it, at once, up to 3 times
 *                        │ ──(429, 5xx, timeout: up to 3 requests)──► wait for `retry-after` or back off ──► retry
 *                        │ ──(`retry-after` over a minute, key refused)──► the circuit opens ──► next fallback
 *                        ▼
 *                  stream ──► the end. After the first text there are no retries.
 */
@Injectable()
export class ModelGateway {
  private readonly logger = new Logger(ModelGateway.name);

  constructor(
    @Inject(MODEL_PROVIDER) private readonly provider: ModelProvider,
    private readonly unsupported: UnsupportedParameters,
    private readonly circuits: CircuitBreakers,
    private readonly settings: AiModuleSettings,
  ) {}

  /**
   * Ends early and closes the connection when the signal is aborted.
   *
   * @param limitDoublings how often the output limit is doubled
   * @throws ModelFailure
   */
  async *stream(
    request: ModelRequest,
    trace: RequestTrace,
    signal: AbortSignal,
    limitDoublings = 0,
  ): AsyncGenerator<ModelEvent> {
    const fallbacks = [...(request.fallbacks ?? [])];
    for (let { target } = request; ;) {
      let hasOutput = false;
      try {
        for await (const event of this.requestTarget({ ...request, target }, trace, signal, limitDoublings)) {
          hasOutput ||= event.type === 'text';
          yield event;
        }
        return;
      } catch (error) {
        const next = fallbacks.shift();
        if (!(error instanceof ModelFailure) || !next || hasOutput || !FALLBACK_KINDS.includes(error.kind)) throw error;
        trace.failedTargets.push({ target, failure: error });
        target = next;
      }
    }
  }

  /** Requests one target, with retries. */
  private async *requestTarget(
    request: ModelRequest,
    trace: RequestTrace,
    signal: AbortSignal,
    limitDoublings: number,
  ): AsyncGenerator<ModelEvent> {
    const { target } = request;
    trace.target = target;
    for (let tries = 1, drops = 0; ;) {
      const permit = await this.circuits.acquire(target);
      let hasOutput = false;
      let hasSucceeded = false;
      try {
        for await (const event of this.requestOnce(request, trace, signal, limitDoublings)) {
          hasOutput ||= event.type === 'text';
          yield event;
        }
        await this.recordEvents(trace, target, this.circuits.recordSuccess(target, permit));
        hasSucceeded = true;
        return;
      } catch (error) {
        if (!(error instanceof ModelFailure)) throw error;
        await this.recordEvents(trace, target, this.circuits.recordFailure(target, error));
        if (signal.aborted) return;
        if (error.kind === 'unsupported' && drops < MAX_DROPS && (await this.unsupported.record(target, error))) {
          drops++;
          continue;
        }
        if (hasOutput || tries === MAX_TRIES || !isRetryable(error)) throw error;
        const waitMs = modelRetryDelay(tries, error.details.retryAfterMs);
        if (waitMs > LONGEST_WAIT_MS) throw error;
        await sleep(waitMs, undefined, { signal }).catch(() => undefined);
        if (signal.aborted) return;
        tries++;
      } finally {
        // If this fails, the probe expires.
        if (!hasSucceeded) await this.circuits.release(permit).catch((error: Error) => this.logLost(error));
      }
    }
  }

  /** A circuit that cannot be updated must not fail the request. */
  private async recordEvents(trace: RequestTrace, target: ModelTarget, change: Promise<CircuitEvent[]>): Promise<void> {
    const events = await change.catch((error: Error) => {
      this.logLost(error);
      return [];
    });
    trace.circuitEvents.push(...events.map((event) => ({ target, event })));
  }

  private logLost({ message }: Error): void {
    this.logger.warn(`Cannot update the circuit of a model: ${message}`);
  }

  /** Sends one request, with timeouts for the first token and between tokens. */
  private async *requestOnce(
    request: ModelRequest,
    trace: RequestTrace,
    signal: AbortSignal,
    limitDoublings: number,
  ): AsyncGenerator<ModelEvent> {
    const body = await this.bodyOf(request, trace, limitDoublings);
    const { model, baseUrl } = request.target;
    const factor = familyOf(model, baseUrl) === 'reasoning' ? REASONING_TIMEOUT_FACTOR : 1;
    const timeout = new AbortController();
    const abort = () => timeout.abort();
    let timer = setTimeout(abort, this.settings.AI_FIRST_WORD_MS * factor);
    try {
      const combined = AbortSignal.any([signal, timeout.signal]);
      for await (const event of this.provider.stream({ target: request.target, body }, combined)) {
        if (event.type === 'begun') trace.requestId = event.requestId;
        if (event.type === 'text' || event.type === 'writing') {
          clearTimeout(timer);
          timer = setTimeout(abort, this.settings.AI_SILENCE_MS);
        }
        yield event;
      }
      if (timeout.signal.aborted && !signal.aborted)
        throw new ModelFailure('timeout', 'The model sent nothing for too long.');
    } finally {
      clearTimeout(timer);
      timeout.abort();
    }
  }

  private async bodyOf(
    request: ModelRequest,
    trace: RequestTrace,
    limitDoublings: number,
  ): Promise<Record<string, unknown>> {
    const unsupported = await this.unsupported.get(request.target);
    const toBody = this.settings.AI_API === 'responses' ? toResponsesBody : toChatBody;
    const body = toBody(request, { unsupported, limitDoublings });
    const { messages: _messages, input: _input, tools, ...params } = body;
    Object.assign(trace, {
      requests: trace.requests + 1,
      hash: requestHash(body),
      // Tools are recorded by name only.
      paramsSent: { ...params, ...(tools ? { tools: request.tools?.map(({ name }) => name) } : {}) },
      paramsDropped: [...unsupported],
    });
    return body;
  }
}
