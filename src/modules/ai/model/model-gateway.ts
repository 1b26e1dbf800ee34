import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { Settings } from '../../../core/config/settings.js';
import { Circuits } from './circuits.js';
import { familyOf, toChatBody, toResponsesBody } from './model-family.js';
import { isRetryable, ModelFailure } from './model-failure.js';
import type { ModelEvent, ModelProvider, ModelRequest } from './model.types.js';
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
  requests: number;
  hash: string;
  paramsSent: Record<string, unknown>;
  paramsDropped: string[];
  requestId: string;
}

export const newTrace = (): RequestTrace => ({
  requests: 0,
  hash: '',
  paramsSent: {},
  paramsDropped: [],
  requestId: '',
});

/**
 * The one way to a model: what it does not take is left out, what may pass is tried again, what will not pass is not.
 *
 *   circuit open? ──► request ──(refuses a parameter)──► without it, at once, up to 3 times
 *                        │ ──(429, 5xx, no answer: up to 3 requests)──► wait as asked, or longer each time ──► again
 *                        │ ──(asks for over a minute)──► the circuit opens until then
 *                        ▼
 *                  words, one by one ──► the end. Once a word has come, nothing is tried again.
 */
@Injectable()
export class ModelGateway {
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
    let drops = 0;
    for (let tries = 1; ;) {
      this.circuits.enter(request.target);
      let hasBegun = false;
      try {
        for await (const event of this.once(request, trace, signal, extraRoom)) {
          hasBegun ||= event.type === 'text';
          yield event;
        }
        this.circuits.succeed(request.target);
        return;
      } catch (error) {
        const failure = error as ModelFailure;
        this.judge(request, failure);
        if (signal.aborted) return;
        if (failure.kind === 'unsupported' && drops < MAX_DROPS && this.refusals.learn(request.target, failure)) {
          drops++;
          continue;
        }
        if (hasBegun || tries === MAX_TRIES || !isRetryable(failure)) throw failure;
        const waitMs = modelRetryDelay(tries, failure.facts.retryAfterMs);
        if (waitMs > LONGEST_WAIT_MS) throw failure;
        await sleep(waitMs, undefined, { signal }).catch(() => undefined);
        if (signal.aborted) return;
        tries++;
      } finally {
        this.circuits.leave(request.target);
      }
    }
  }

  /** One request, which has to begin, and then go on, in time. */
  private async *once(
    request: ModelRequest,
    trace: RequestTrace,
    signal: AbortSignal,
    extraRoom: number,
  ): AsyncGenerator<ModelEvent> {
    const body = this.bodyOf(request, trace, extraRoom);
    const { model, baseUrl } = request.target;
    const patience = familyOf(model, baseUrl) === 'reasoning' ? REASONING_PATIENCE : 1;
    const impatience = new AbortController();
    const giveUp = () => impatience.abort();
    let timer = setTimeout(giveUp, this.settings.AI_FIRST_WORD_MS * patience);
    try {
      const either = AbortSignal.any([signal, impatience.signal]);
      for await (const event of this.provider.stream({ target: request.target, body }, either)) {
        if (event.type === 'begun') trace.requestId = event.requestId;
        if (event.type === 'text') {
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

  private bodyOf(request: ModelRequest, trace: RequestTrace, extraRoom: number): Record<string, unknown> {
    const refused = this.refusals.of(request.target);
    const toBody = this.settings.AI_API === 'responses' ? toResponsesBody : toChatBody;
    const body = toBody(request, { refused, extraRoom });
    const { messages: _messages, input: _input, ...params } = body;
    Object.assign(trace, {
      requests: trace.requests + 1,
      hash: requestHash(body),
      paramsSent: params,
      paramsDropped: [...refused],
    });
    return body;
  }

  /** What the circuit learns of a failure. */
  private judge({ target }: ModelRequest, failure: ModelFailure): void {
    const { retryAfterMs = 0 } = failure.facts;
    if (failure.kind === 'rate_limited' && retryAfterMs > LONGEST_WAIT_MS) {
      this.circuits.open(target, Date.now() + retryAfterMs);
    } else if (['timeout', 'server', 'network'].includes(failure.kind)) this.circuits.fail(target);
  }
}
