import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type Agent, request } from 'undici';
import { DeliverySettings } from './deliveries.settings.js';
import { outgoingHttp } from '../../core/http/outgoing/outgoing-http.js';
import { storableText } from '../../core/text/storable-text.js';
import { type BotEndpointEntity, BotEndpointsService } from '../bots/index.js';
import { signatureHeaders } from './signatures.js';

/** The result of a call. */
export interface CallOutcome {
  delivered: boolean;
  /** Null without a response. */
  httpStatus: number | null;
  /** Stable code for the record of the attempt; empty after a delivery. */
  errorCode: string;
  timedOut: boolean;
  /** The `Retry-After` header. */
  retryAfter?: string;
  /** The beginning of the response. */
  responseHead: string;
  durationMs: number;
}

interface EndpointSecrets {
  signingSecret: string;
  authorization: string | undefined;
}

const RESPONSE_HEAD_CHARS = 2048;

/** Receivers of Platform API callbacks expect this user agent. */
const USER_AGENTS: Partial<Record<BotEndpointEntity['format'], string>> = { platform: 'SendBird' };
const USER_AGENT = 'Parley-Callback/1';

/** Calls bots with signed requests: exactly one POST, no redirects, one time limit for the whole call. Any 2xx is a delivery. */
@Injectable()
export class WebhookClient implements OnApplicationShutdown {
  private readonly agent: Agent;
  private readonly secrets = new WeakMap<BotEndpointEntity, EndpointSecrets>();

  constructor(
    private readonly settings: DeliverySettings,
    private readonly endpoints: BotEndpointsService,
  ) {
    this.agent = outgoingHttp({ allowPrivate: settings.CALLBACK_ALLOW_PRIVATE });
  }

  /** Never rejects. @param headers additional headers */
  async call(
    endpoint: BotEndpointEntity,
    eventId: string,
    body: Buffer,
    headers: Readonly<Record<string, string>>,
  ): Promise<CallOutcome> {
    const startedAt = performance.now();
    const signal = AbortSignal.timeout(this.settings.CALLBACK_TIMEOUT_MS);
    const outcome = await this.post(endpoint, eventId, body, headers, signal).catch((error: unknown) =>
      failureOf(error, signal),
    );
    return { ...outcome, durationMs: Math.round(performance.now() - startedAt) };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.agent.destroy();
  }

  private async post(
    endpoint: BotEndpointEntity,
    eventId: string,
    body: Buffer,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Omit<CallOutcome, 'durationMs'>> {
    const response = await request(endpoint.url, {
      method: 'POST',
      dispatcher: this.agent,
      headers: { ...this.ownHeaders(endpoint, eventId, body), ...headers },
      body,
      signal,
    });
    const { statusCode: httpStatus, headers: responseHeaders } = response;
    const responseHead = await readHead(response.body);
    const delivered = httpStatus >= 200 && httpStatus < 300;
    const retryAfter = responseHeaders['retry-after'];
    return {
      delivered,
      httpStatus,
      errorCode: delivered ? '' : errorCodeOf(httpStatus),
      timedOut: false,
      retryAfter: Array.isArray(retryAfter) ? retryAfter[0] : retryAfter,
      responseHead,
    };
  }

  private ownHeaders(endpoint: BotEndpointEntity, eventId: string, body: Buffer): Record<string, string> {
    const { signingSecret, authorization } = this.reveal(endpoint);
    return {
      'content-type': 'application/json',
      'accept-encoding': 'identity',
      'user-agent': USER_AGENTS[endpoint.format] ?? USER_AGENT,
      ...signatureHeaders(body, eventId, Math.floor(Date.now() / 1000), {
        apiToken: endpoint.format === 'platform' ? this.settings.API_TOKEN : undefined,
        signingSecret,
        previousSecret: this.endpoints.revealPreviousSecret(endpoint),
      }),
      ...(authorization ? { authorization } : {}),
    };
  }

  /** Decrypts the secrets once for each loaded endpoint. */
  private reveal(endpoint: BotEndpointEntity): EndpointSecrets {
    const known = this.secrets.get(endpoint);
    if (known) return known;
    const signingSecret = this.endpoints.revealSigningSecret(endpoint);
    const secrets = { signingSecret, authorization: this.endpoints.revealAuthorization(endpoint) };
    this.secrets.set(endpoint, secrets);
    return secrets;
  }
}

/** The status alone decides about the delivery; a body that is too long or broken does not change the result. */
async function readHead(body: { text(): Promise<string> }): Promise<string> {
  const text = await body.text().catch((error: unknown) => {
    if (isAbort(error)) throw error;
    return '';
  });
  return storableText(text, RESPONSE_HEAD_CHARS);
}

const errorCodeOf = (httpStatus: number): string =>
  httpStatus >= 300 && httpStatus < 400 ? 'redirect_not_followed' : `http_${httpStatus}`;

const isAbort = (error: unknown): boolean => ['AbortError', 'TimeoutError'].includes((error as Error).name);

function failureOf(error: unknown, signal: AbortSignal): Omit<CallOutcome, 'durationMs'> {
  const timedOut = signal.aborted;
  const errorCode = timedOut ? 'timeout' : networkErrorCode(error);
  return { delivered: false, httpStatus: null, errorCode, timedOut, responseHead: '' };
}

/** Codes of failed certificate checks and handshakes. */
const TLS_ERROR = /^(CERT_|ERR_TLS_|ERR_SSL_|EPROTO|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA)/;
/** Codes of invalid responses. */
const BAD_RESPONSE = /^(HPE_|UND_ERR_HEADERS_OVERFLOW|UND_ERR_RESPONSE|UND_ERR_REQ_CONTENT|ERR_INVALID_(CHAR|HTTP))/;
const DNS_ERROR = /^(ENOTFOUND|EAI_)/;

/** @returns a stable error code for a call without a response; it reveals no internal address */
export function networkErrorCode(error: unknown): string {
  const code = (error as { code?: string }).code ?? (error as Error).name;
  if (code === 'E_BLOCKED_ADDRESS') return 'address_not_allowed';
  if (TLS_ERROR.test(code)) return `tls_error:${code.toLowerCase()}`;
  if (BAD_RESPONSE.test(code)) return 'bad_response';
  if (DNS_ERROR.test(code)) return 'dns_error';
  return code.toLowerCase();
}
