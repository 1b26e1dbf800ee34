import { Injectable } from '@nestjs/common';
import { failed, opened, probed, waitOf } from './circuit.js';
import { CircuitsRepository } from './circuits.repository.js';
import { ModelFailure } from './model-failure.js';
import type { ModelTarget } from './model.types.js';
import { LONGEST_WAIT_MS } from './retry-delay.js';

/** What only the operator can mend is tried again all the same, by one request in this time: the mending may go unseen here. */
const REFUSED_MS = 5 * 60_000;

/** News of a circuit, for operators. */
export type CircuitNews = 'key.refused' | 'key.recovered' | 'model.failing' | 'model.recovered';

/** A request that may go out. */
export interface Passage {
  /** Something was wrong before: a success changes that. */
  isTroubled: boolean;
  /** The circuits that this request probes. */
  probes: readonly string[];
}

const keyId = ({ provider }: ModelTarget): string => provider;
const modelId = ({ provider, model }: ModelTarget): string => `${provider} ${model}`;

/**
 * Spares requests that would fail, in all processes. There is a circuit for each key and model: 5 failures within 30 s open it for
 * 30 s, and a provider that asks for a long pause gets it. And there is one for each key: it opens when the key is refused, or has
 * no money, until it is another key, was tested, or one request in 5 minutes succeeds.
 */
@Injectable()
export class Circuits {
  constructor(private readonly circuits: CircuitsRepository) {}

  /** @throws ModelFailure `circuit_open` with the time to wait */
  async enter(target: ModelTarget): Promise<Passage> {
    const troubled = await this.circuits.read([keyId(target), modelId(target)]);
    const probes: string[] = [];
    for (const [id, state] of troubled) {
      if (state.openUntil === 0) continue;
      const now = Date.now();
      const isOurs = waitOf(state, now) === 0 && (await this.circuits.change(id, (current) => probed(current, now)));
      if (!isOurs) {
        await this.leave({ probes });
        throw leftAlone(state.reason, Math.max(waitOf(state, now), 1000));
      }
      probes.push(id);
    }
    return { isTroubled: troubled.size > 0, probes };
  }

  /** @returns what there is to tell */
  async succeed(target: ModelTarget, { isTroubled }: Passage): Promise<CircuitNews[]> {
    return isTroubled ? this.close(target) : [];
  }

  /** The operator has seen that all is well. */
  async close(target: ModelTarget): Promise<CircuitNews[]> {
    const closed = await this.circuits.close([keyId(target), modelId(target)]);
    return closed.map((id) => (id === keyId(target) ? 'key.recovered' : 'model.recovered'));
  }

  /** Neither a success nor a failure of the model's: whoever comes next may try. */
  async leave({ probes }: Pick<Passage, 'probes'>): Promise<void> {
    for (const id of probes) await this.circuits.change(id, (state) => ({ ...state, probeUntil: 0 }));
  }

  /** @returns what there is to tell */
  async fail(target: ModelTarget, { kind, facts }: ModelFailure): Promise<CircuitNews[]> {
    const now = Date.now();
    const { retryAfterMs = 0, status } = facts;
    // Who is known and may not use this model may use others.
    if (kind === 'quota' || (kind === 'auth' && status !== 403)) {
      return this.open(keyId(target), now + REFUSED_MS, kind, 'key.refused');
    }
    if (kind === 'auth') return this.open(modelId(target), now + REFUSED_MS, kind, 'model.failing');
    if (kind === 'rate_limited' && retryAfterMs > LONGEST_WAIT_MS) {
      return this.open(modelId(target), now + retryAfterMs, kind, 'model.failing');
    }
    if (kind !== 'timeout' && kind !== 'server' && kind !== 'network') return [];
    let hasOpened = false;
    const before = await this.circuits.change(modelId(target), (state) => {
      const next = failed(state, now);
      hasOpened = next.openUntil > 0;
      return next;
    });
    return hasOpened && before?.openUntil === 0 ? ['model.failing'] : [];
  }

  private async open(id: string, until: number, reason: string, news: CircuitNews): Promise<CircuitNews[]> {
    const before = await this.circuits.change(id, () => opened(until, reason));
    return before?.openUntil === 0 ? [news] : [];
  }
}

const leftAlone = (reason: string, retryAfterMs: number): ModelFailure =>
  new ModelFailure('circuit_open', `The model is left alone for a while (${reason}).`, { retryAfterMs, code: reason });
