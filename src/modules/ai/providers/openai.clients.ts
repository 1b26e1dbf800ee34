import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import OpenAI from 'openai';
import { type Agent, fetch as undiciFetch } from 'undici';
import { Settings } from '../../../core/config/settings.js';
import { outgoingHttp } from '../../../core/http/outgoing/outgoing-http.js';
import type { ModelTarget } from './model.types.js';

/** A stream takes a few hundred bytes per token. */
const MAX_RESPONSE_BYTES = 8 * 1024 * 1024;

/**
 * SDK clients, one per address and key. They never retry; `ModelGateway` does. Addresses of the server settings may be private; those
 * of bots are guarded as callbacks are.
 */
@Injectable()
export class OpenAiClients implements OnApplicationShutdown {
  private readonly clients = new LRUCache<string, OpenAI>({ max: 200 });
  private readonly unrestrictedAgent: Agent;
  private readonly publicOnlyAgent: Agent;

  constructor(settings: Settings) {
    this.unrestrictedAgent = outgoingHttp({ allowPrivate: true, maxResponseBytes: MAX_RESPONSE_BYTES });
    this.publicOnlyAgent = outgoingHttp({
      allowPrivate: settings.CALLBACK_ALLOW_PRIVATE,
      maxResponseBytes: MAX_RESPONSE_BYTES,
    });
  }

  for({ baseUrl, apiKey, requiresPublicAddress }: ModelTarget): OpenAI {
    const key = `${requiresPublicAddress} ${baseUrl} ${apiKey ?? ''}`;
    const client =
      this.clients.get(key) ??
      this.createClient(baseUrl, apiKey, requiresPublicAddress ? this.publicOnlyAgent : this.unrestrictedAgent);
    this.clients.set(key, client);
    return client;
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.unrestrictedAgent.destroy(), this.publicOnlyAgent.destroy()]);
  }

  private createClient(baseURL: string, apiKey: string | undefined, dispatcher: Agent): OpenAI {
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
