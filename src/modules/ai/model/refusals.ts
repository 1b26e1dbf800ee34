import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { ModelFailure } from './model-failure.js';
import type { ModelTarget } from './model.types.js';
import { RefusalsRepository } from './refusals.repository.js';

/** After this time it is seen what other processes have learnt. */
const FRESH_MS = 60_000;
/** No parameter of a request that is not one of these is ever left out. */
const DROPPABLE = new Set([
  'temperature',
  'top_p',
  'presence_penalty',
  'frequency_penalty',
  'max_tokens',
  'max_completion_tokens',
  'reasoning_effort',
  'verbosity',
  'text',
  'stop',
  'reasoning',
  'stream_options',
  'store',
  'safety_identifier',
  'prompt_cache_key',
  'tools',
]);

const keyOf = ({ baseUrl, model }: ModelTarget): string => `${baseUrl} ${model}`;

/** Remembers for a day which parameters a model refuses, so that only the first request of all processes is refused for one. */
@Injectable()
export class Refusals {
  private readonly logger = new Logger(Refusals.name);
  private readonly known = new LRUCache<string, ReadonlySet<string>>({ max: 1000, ttl: FRESH_MS });

  constructor(private readonly refusals: RefusalsRepository) {}

  async of(target: ModelTarget): Promise<ReadonlySet<string>> {
    const known = this.known.get(keyOf(target));
    if (known) return known;
    const read = new Set(await this.refusals.read(target.baseUrl, target.model));
    this.known.set(keyOf(target), read);
    return read;
  }

  /** @returns whether there is something new to leave out, so that another try makes sense */
  async learn(target: ModelTarget, failure: ModelFailure): Promise<boolean> {
    const name = nameOf(failure);
    const refused = await this.of(target);
    if (name === undefined || refused.has(name)) return false;
    await this.refusals.write(target.baseUrl, target.model, name);
    this.known.set(keyOf(target), new Set([...refused, name]));
    this.logger.warn(`${target.model} does not take ${name}; for a day it is asked without.`);
    return true;
  }
}

function nameOf({ facts: { param = '' } }: ModelFailure): string | undefined {
  if (/^(messages|input)\b.*role/.test(param)) return 'developer';
  const [name] = param.split(/[.[]/);
  return DROPPABLE.has(name) ? name : undefined;
}
