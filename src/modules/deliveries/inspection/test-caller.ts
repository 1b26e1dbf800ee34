import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type Agent, request } from 'undici';
import { Settings } from '../../../core/config/settings.js';
import { newId } from '../../../core/crypto/ids.js';
import { DomainError } from '../../../core/errors/domain.error.js';
import { outgoingHttp } from '../../../core/http/outgoing/outgoing-http.js';
import type { Actor } from '../../auth/index.js';
import { type BotEndpointEntity, BotEndpointsService } from '../../bots/index.js';
import { failureWord } from '../failure-words.js';
import { eventIdOf, signatureHeaders } from '../signatures.js';

export interface TestCallResult {
  delivered: boolean;
  httpStatus: number | null;
  errorCode: string;
  durationMs: number;
  responseHead: string;
}

const notACallback = () =>
  new DomainError('conflict', 'endpoint.no_callback', 'The endpoint has no address that could be called.');

const RESPONSE_HEAD_CHARS = 2048;

/** One signed call, so that an owner can see whether the bot can be reached, and whether it verifies what it gets. */
@Injectable()
export class TestCaller implements OnApplicationShutdown {
  private readonly agent: Agent;

  constructor(
    private readonly settings: Settings,
    private readonly endpoints: BotEndpointsService,
  ) {
    this.agent = outgoingHttp({ allowPrivate: settings.CALLBACK_ALLOW_PRIVATE });
  }

  /** Whatever the endpoint's state; it counts neither for nor against it. @throws DomainError conflict `endpoint.no_callback` */
  async call(actor: Actor, id: string): Promise<TestCallResult> {
    const endpoint = await this.endpoints.getById(actor, id);
    if (endpoint.transport !== 'callback') throw notACallback();
    const startedAt = performance.now();
    const took = () => Math.round(performance.now() - startedAt);
    const signal = AbortSignal.timeout(this.settings.CALLBACK_TIMEOUT_MS);
    try {
      const body = Buffer.from(JSON.stringify({ type: 'test', endpointId: endpoint.id, timestamp: Date.now() }));
      const response = await request(endpoint.url, {
        method: 'POST',
        dispatcher: this.agent,
        headers: this.headers(endpoint, body),
        body,
        signal,
      });
      const text = await response.body.text().catch(() => '');
      const delivered = response.statusCode >= 200 && response.statusCode < 300;
      return {
        delivered,
        httpStatus: response.statusCode,
        errorCode: delivered ? '' : `http_${response.statusCode}`,
        durationMs: took(),
        responseHead: text.slice(0, RESPONSE_HEAD_CHARS),
      };
    } catch (error) {
      const errorCode = signal.aborted ? 'timeout' : failureWord(error);
      return { delivered: false, httpStatus: null, errorCode, durationMs: took(), responseHead: '' };
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.agent.destroy();
  }

  private headers(endpoint: BotEndpointEntity, body: Buffer): Record<string, string> {
    const authorization = this.endpoints.revealAuthorization(endpoint);
    return {
      'content-type': 'application/json',
      'user-agent': 'Parley-Callback/1',
      ...signatureHeaders(body, eventIdOf(`test_${newId()}`), Math.floor(Date.now() / 1000), {
        apiToken: this.settings.API_TOKEN,
        signingSecret: this.endpoints.revealSigningSecret(endpoint),
        previousSecret: this.endpoints.revealPreviousSecret(endpoint),
      }),
      'x-delivery-trigger': 'test',
      ...(authorization ? { authorization } : {}),
    };
  }
}
