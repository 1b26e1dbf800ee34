import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { ModelFailure } from './model-failure.js';
import type { ModelTarget } from './model.types.js';
import { UnsupportedParametersRepository } from './unsupported-parameters.repository.js';

/** Cache lifetime; changes of other processes are visible after it. */
const CACHE_MS = 60_000;
/** The only parameters that may be left out. */
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

/** Remembers for a day which parameters a model rejects, so that only one request fails for each of them. */
@Injectable()
export class UnsupportedParameters {
  private readonly logger = new Logger(UnsupportedParameters.name);
  private readonly cache = new LRUCache<string, ReadonlySet<string>>({ max: 1000, ttl: CACHE_MS });

  constructor(private readonly repository: UnsupportedParametersRepository) {}

  async get(target: ModelTarget): Promise<ReadonlySet<string>> {
    const cached = this.cache.get(keyOf(target));
    if (cached) return cached;
    const read = new Set(await this.repository.read(target.baseUrl, target.model));
    this.cache.set(keyOf(target), read);
    return read;
  }

  /** @returns whether another parameter is left out now, so that a retry makes sense */
  async record(target: ModelTarget, failure: ModelFailure): Promise<boolean> {
    const name = nameOf(failure);
    const known = await this.get(target);
    if (name === undefined || known.has(name)) return false;
    await this.repository.write(target.baseUrl, target.model, name);
    this.cache.set(keyOf(target), new Set([...known, name]));
    this.logger.warn(`${target.model} does not support ${name}; it is left out for a day.`);
    return true;
  }
}

function nameOf({ details: { param = '' } }: ModelFailure): string | undefined {
  if (/^(messages|input)\b.*role/.test(param)) return 'developer';
  const [name] = param.split(/[.[]/);
  return DROPPABLE.has(name) ? name : undefined;
}
