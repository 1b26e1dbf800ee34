import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { ModelFailure } from './model-failure.js';
import type { ModelTarget } from './model.types.js';

const REMEMBERED_MS = 24 * 60 * 60 * 1000;
/** No parameter of a request that is not one of these is ever left out. */
const DROPPABLE = new Set([
  'temperature',
  'top_p',
  'presence_penalty',
  'frequency_penalty',
  'max_tokens',
  'max_completion_tokens',
  'reasoning_effort',
  'reasoning',
  'stream_options',
  'store',
  'safety_identifier',
  'prompt_cache_key',
]);

const keyOf = ({ baseUrl, model }: ModelTarget): string => `${baseUrl} ${model}`;

/** Remembers for a day which parameters a model refuses, so that only the first request is refused for one. */
@Injectable()
export class Refusals {
  private readonly logger = new Logger(Refusals.name);
  private readonly known = new LRUCache<string, Set<string>>({ max: 1000, ttl: REMEMBERED_MS });

  of(target: ModelTarget): ReadonlySet<string> {
    return this.known.get(keyOf(target)) ?? new Set();
  }

  /** @returns whether there is something new to leave out, so that another try makes sense */
  learn(target: ModelTarget, failure: ModelFailure): boolean {
    const name = nameOf(failure);
    const refused = this.of(target);
    if (name === undefined || refused.has(name)) return false;
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
