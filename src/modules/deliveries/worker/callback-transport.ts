import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type Agent, request } from 'undici';
import { Settings } from '../../../core/config/settings.js';
import { outgoingHttp } from '../../../core/http/outgoing/outgoing-http.js';
import { type BotEndpointEntity, BotEndpointsService } from '../../bots/index.js';
import { failureWord } from '../failure-words.js';
import { signatureHeaders } from '../signatures.js';
import { type LogEntry, type RoutingFacts, skipReason, type SkipReason } from '../routing.js';
import { BodyRenderer } from './body-renderer.js';
import type { LaneContext, Transport, TransportRequest, TransportResult } from '../transport.js';

type Outcome = Omit<TransportResult, 'durationMs' | 'body'>;

interface EndpointSecrets {
  signingSecret: string;
  authorization: string | undefined;
}

const RESPONSE_HEAD_CHARS = 2048;

/** Receivers of the Platform API's callbacks know their sender by this name. */
const USER_AGENTS: Partial<Record<BotEndpointEntity['format'], string>> = { platform: 'SendBird' };
const USER_AGENT = 'Parley-Callback/1';

/** Signed HTTP callbacks: exactly one POST a try, no redirects, and one time limit for all of it. Any 2xx is a delivery. */
@Injectable()
export class CallbackTransport implements Transport, OnApplicationShutdown {
  private readonly agent: Agent;
  private readonly secrets = new WeakMap<BotEndpointEntity, EndpointSecrets>();

  constructor(
    private readonly settings: Settings,
    private readonly endpoints: BotEndpointsService,
    private readonly bodies: BodyRenderer,
  ) {
    this.agent = outgoingHttp({ allowPrivate: settings.CALLBACK_ALLOW_PRIVATE });
  }

  skipReason(entry: LogEntry, facts: RoutingFacts, { endpoint }: LaneContext): SkipReason | undefined {
    return skipReason(entry, facts, this.bodies.tellsMembership(endpoint.format));
  }

  async deliver(request: TransportRequest): Promise<TransportResult> {
    const body = request.keptBody ?? this.bodies.render(request.entry, request.context, request.page);
    const startedAt = performance.now();
    const signal = AbortSignal.timeout(this.settings.CALLBACK_TIMEOUT_MS);
    const outcome = await this.post(request, body, signal).catch((error: unknown) => failureOf(error, signal));
    return { ...outcome, body, durationMs: Math.round(performance.now() - startedAt) };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.agent.destroy();
  }

  private async post(delivery: TransportRequest, body: Buffer, signal: AbortSignal): Promise<Outcome> {
    const response = await request(delivery.context.endpoint.url, {
      method: 'POST',
      dispatcher: this.agent,
      headers: this.headers(delivery, body),
      body,
      signal,
    });
    const { statusCode: httpStatus, headers } = response;
    const responseHead = await readHead(response.body);
    const delivered = httpStatus >= 200 && httpStatus < 300;
    const retryAfter = headers['retry-after'];
    return {
      delivered,
      httpStatus,
      errorCode: delivered ? '' : errorCodeOf(httpStatus),
      timedOut: false,
      retryAfter: Array.isArray(retryAfter) ? retryAfter[0] : retryAfter,
      responseHead,
    };
  }

  private headers(
    { context: { endpoint }, entry, eventId, attempt, requestId, gapSeq, trigger }: TransportRequest,
    body: Buffer,
  ): Record<string, string> {
    const { signingSecret, authorization } = this.reveal(endpoint);
    return {
      'content-type': 'application/json',
      'accept-encoding': 'identity',
      'user-agent': USER_AGENTS[endpoint.format] ?? USER_AGENT,
      ...signatureHeaders(body, eventId, Math.floor(Date.now() / 1000), {
        apiToken: this.settings.API_TOKEN,
        signingSecret,
        previousSecret: this.endpoints.revealPreviousSecret(endpoint),
      }),
      'x-delivery-attempt': String(attempt),
      'x-delivery-trigger': trigger,
      'x-chat-seq': String(entry.seq),
      ...(gapSeq === null ? {} : { 'x-lane-gap': String(gapSeq) }),
      ...(requestId ? { 'x-request-id': requestId } : {}),
      ...(authorization ? { authorization } : {}),
    };
  }

  /** Opened once for as long as the endpoint is remembered. */
  private reveal(endpoint: BotEndpointEntity): EndpointSecrets {
    const known = this.secrets.get(endpoint);
    if (known) return known;
    const signingSecret = this.endpoints.revealSigningSecret(endpoint);
    const secrets = { signingSecret, authorization: this.endpoints.revealAuthorization(endpoint) };
    this.secrets.set(endpoint, secrets);
    return secrets;
  }
}

/** The status line has told already whether it was delivered; an answer that is too long, or broken, does not change that. */
async function readHead(body: { text(): Promise<string> }): Promise<string> {
  const text = await body.text().catch((error: unknown) => {
    if (isAbort(error)) throw error;
    return '';
  });
  return text.slice(0, RESPONSE_HEAD_CHARS).replaceAll('\0', '');
}

const errorCodeOf = (httpStatus: number): string =>
  httpStatus >= 300 && httpStatus < 400 ? 'redirect_not_followed' : `http_${httpStatus}`;

const isAbort = (error: unknown): boolean => ['AbortError', 'TimeoutError'].includes((error as Error).name);

function failureOf(error: unknown, signal: AbortSignal): Outcome {
  const timedOut = signal.aborted;
  const errorCode = timedOut ? 'timeout' : failureWord(error);
  return { delivered: false, httpStatus: null, errorCode, timedOut, responseHead: '' };
}
