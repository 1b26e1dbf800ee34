import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { Settings } from '../../../core/config/settings.js';
import { Circuits, type CircuitNews } from './circuits.js';
import { familyOf, toChatBody, toResponsesBody } from './model-family.js';
import { type FailureKind, isRetryable, ModelFailure } from './model-failure.js';
import type { ModelEvent, ModelProvider, ModelRequest, ModelTarget } from './model.types.js';
import { requestHash } from './recordings.js';
import { Refusals } from './refusals.js';
import { LONGEST_WAIT_MS, modelRetryDelay } from './retry-delay.js';

export const MODEL_PROVIDER = Symbol('model provider');

const MAX_TRIES = 3;
const MAX_DROPS = 3;
/** A model that thinks first may take this many times longer to begin. */
const REASONING_PATIENCE = 4;

/** What was asked of the model, for the record of the run. Filled in as it happens. */
export interface RequestTrace {
  /** Who was asked last. */
  target?: ModelTarget;
  requests: number;
  hash: string;
  paramsSent: Record<string, unknown>;
  paramsDropped: string[];
  requestId: string;
  /** Who could not be asked before. */
  passedOver: { target: ModelTarget; failure: ModelFailure }[];
  /** What operators have to know of keys and models. */
  news: { target: ModelTarget; news: CircuitNews }[];
}

export const newTrace = (): RequestTrace => ({
  requests: 0,
  hash: '',
  paramsSent: {},
  paramsDropped: [],
  requestId: '',
  passedOver: [],
  news: [],
});

/** What another model, or another provider, may do better. */
const PASSED_OVER: readonly FailureKind[] = [
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
 * The one way to a model: what it does not take is left out, what may pass is tried again, what will not pass is not.
 *
 *   circuit open? ──► request ──(refuses a parameter)──► without it, at once, up to 3 times
 *                        │ ──(429, 5xx, no answer: up to 3 requests)──► wait as asked, or longer each time ──► again
 *                        │ ──(asks for over a minute, refuses the key)──► the circuit opens ──► the next of the fallbacks
 *                        ▼
 *                  words, one by one ──► the end. Once a word has come, nothing is tried again.
 */
@Injectable()
export class ModelGateway {
  private readonly logger = new Logger(ModelGateway.name);

  constructor(
    @Inject(MODEL_PROVIDER) private readonly provider: ModelProvider,
    private readonly refusals: Refusals,
    private readonly circuits: Circuits,
    private readonly settings: Settings,
  ) {}

  /**
   * Ends early, without a word, when the signal is aborted; the connection is closed then.
   *
   * @param extraRoom how often the room for the answer is doubled
   * @throws ModelFailure
   */
  async *stream(
    request: ModelRequest,
    trace: RequestTrace,
    signal: AbortSignal,
    extraRoom = 0,
  ): AsyncGenerator<ModelEvent> {
    const waiting = [...(request.fallbacks ?? [])];
    for (let { target } = request; ;) {
      let hasBegun = false;
      try {
        for await (const event of this.ask({ ...request, target }, trace, signal, extraRoom)) {
          hasBegun ||= event.type === 'text';
          yield event;
        }
        return;
      } catch (error) {
        const next = waiting.shift();
        if (!(error instanceof ModelFailure) || !next || hasBegun || !PASSED_OVER.includes(error.kind)) throw error;
        trace.passedOver.push({ target, failure: error });
        target = next;
      }
    }
  }

  /** One model, as often as it makes sense. */
  private async *ask(
    request: ModelRequest,
    trace: RequestTrace,
    signal: AbortSignal,
    extraRoom: number,
  ): AsyncGenerator<ModelEvent> {
    const { target } = request;
    trace.target = target;
    for (let tries = 1, drops = 0; ;) {
      const passage = await this.circuits.enter(target);
      let hasBegun = false;
      let hasSucceeded = false;
      try {
        for await (const event of this.once(request, trace, signal, extraRoom)) {
          hasBegun ||= event.type === 'text';
          yield event;
        }
        await this.note(trace, target, this.circuits.succeed(target, passage));
        hasSucceeded = true;
        return;
      } catch (error) {
        if (!(error instanceof ModelFailure)) throw error;
        await this.note(trace, target, this.circuits.fail(target, error));
        if (signal.aborted) return;
        if (error.kind === 'unsupported' && drops < MAX_DROPS && (await this.refusals.learn(target, error))) {
          drops++;
          continue;
        }
        if (hasBegun || tries === MAX_TRIES || !isRetryable(error)) throw error;
        const waitMs = modelRetryDelay(tries, error.facts.retryAfterMs);
        if (waitMs > LONGEST_WAIT_MS) throw error;
        await sleep(waitMs, undefined, { signal }).catch(() => undefined);
        if (signal.aborted) return;
        tries++;
      } finally {
        // Should that fail, the probe ends by itself.
        if (!hasSucceeded) await this.circuits.leave(passage).catch((error: Error) => this.tellForgotten(error));
      }
    }
  }

  /** What has been said is worth more than what a circuit could have learnt of it. */
  private async note(trace: RequestTrace, target: ModelTarget, learning: Promise<CircuitNews[]>): Promise<void> {
    const learnt = await learning.catch((error: Error) => {
      this.tellForgotten(error);
      return [];
    });
    trace.news.push(...learnt.map((news) => ({ target, news })));
  }

  private tellForgotten({ message }: Error): void {
    this.logger.warn(`What was learnt of a model could not be written down: ${message}`);
  }

  /** One request, which has to begin, and then go on, in time. */
  private async *once(
    request: ModelRequest,
    trace: RequestTrace,
    signal: AbortSignal,
    extraRoom: number,
  ): AsyncGenerator<ModelEvent> {
    const body = await this.bodyOf(request, trace, extraRoom);
    const { model, baseUrl } = request.target;
    const patience = familyOf(model, baseUrl) === 'reasoning' ? REASONING_PATIENCE : 1;
    const impatience = new AbortController();
    const giveUp = () => impatience.abort();
    let timer = setTimeout(giveUp, this.settings.AI_FIRST_WORD_MS * patience);
    try {
      const either = AbortSignal.any([signal, impatience.signal]);
      for await (const event of this.provider.stream({ target: request.target, body }, either)) {
        if (event.type === 'begun') trace.requestId = event.requestId;
        if (event.type === 'text' || event.type === 'writing') {
          clearTimeout(timer);
          timer = setTimeout(giveUp, this.settings.AI_SILENCE_MS);
        }
        yield event;
      }
      if (impatience.signal.aborted && !signal.aborted)
        throw new ModelFailure('timeout', 'The model was silent for too long.');
    } finally {
      clearTimeout(timer);
      impatience.abort();
    }
  }

  private async bodyOf(
    request: ModelRequest,
    trace: RequestTrace,
    extraRoom: number,
  ): Promise<Record<string, unknown>> {
    const refused = await this.refusals.of(request.target);
    const toBody = this.settings.AI_API === 'responses' ? toResponsesBody : toChatBody;
    const body = toBody(request, { refused, extraRoom });
    const { messages: _messages, input: _input, tools, ...params } = body;
    Object.assign(trace, {
      requests: trace.requests + 1,
      hash: requestHash(body),
      // Of tools, their names do.
      paramsSent: { ...params, ...(tools ? { tools: request.tools?.map(({ name }) => name) } : {}) },
      paramsDropped: [...refused],
    });
    return body;
  }
}
