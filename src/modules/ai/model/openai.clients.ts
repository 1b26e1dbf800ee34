import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import OpenAI from 'openai';
import { type Agent, fetch as undiciFetch } from 'undici';
import { Settings } from '../../../core/config/settings.js';
import { outgoingHttp } from '../../../core/http/outgoing/outgoing-http.js';
import type { ModelTarget } from './model.types.js';

/** A stream of the longest answer has a few hundred bytes for each of its tokens. */
const MAX_RESPONSE_BYTES = 8 * 1024 * 1024;

/**
 * The SDK's clients, one for each address and key. They never repeat a request: that is decided in one place, which is not this.
 * An address that the operator has set may be anywhere; one that came with a bot goes through the same guard as callbacks.
 */
@Injectable()
export class OpenAiClients implements OnApplicationShutdown {
  private readonly clients = new LRUCache<string, OpenAI>({ max: 200 });
  private readonly open: Agent;
  private readonly guarded: Agent;

  constructor(settings: Settings) {
    this.open = outgoingHttp({ allowPrivate: true, maxResponseBytes: MAX_RESPONSE_BYTES });
    this.guarded = outgoingHttp({
      allowPrivate: settings.CALLBACK_ALLOW_PRIVATE,
      maxResponseBytes: MAX_RESPONSE_BYTES,
    });
  }

  for({ baseUrl, apiKey, isGuarded }: ModelTarget): OpenAI {
    const name = `${isGuarded} ${baseUrl} ${apiKey ?? ''}`;
    const client = this.clients.get(name) ?? this.make(baseUrl, apiKey, isGuarded ? this.guarded : this.open);
    this.clients.set(name, client);
    return client;
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.open.destroy(), this.guarded.destroy()]);
  }

  private make(baseURL: string, apiKey: string | undefined, dispatcher: Agent): OpenAI {
    const send = (url: unknown, init?: object) =>
      undiciFetch(url as string, { ...init, dispatcher, redirect: 'error' });
    return new OpenAI({
      baseURL,
      apiKey: apiKey ?? 'none',
      organization: null,
      project: null,
      maxRetries: 0,
      logLevel: 'off',
      fetch: send as unknown as typeof fetch,
    });
  }
}
