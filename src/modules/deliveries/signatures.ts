import { createHmac } from 'node:crypto';

/** The event id for receivers: the same for all attempts, endpoints and replays. It must not contain a dot. */
export const eventIdOf = (messageId: string): string => `evt_${messageId}`;

export interface SigningKeys {
  /**
   * The Platform API's token, for `x-sendbird-signature` of Platform API callbacks only. Other endpoints must not receive digests made
   * with this secret, since their owners could check guesses of it offline.
   */
  apiToken?: string;
  /** `whsec_` and base64. */
  signingSecret: string;
  /** The previous secret, while it is still valid. */
  previousSecret?: string;
}

/**
 * The headers with which a receiver verifies a callback.
 *
 * - `x-sendbird-signature`: hexadecimal HMAC-SHA256 of the body with the API token, if the token is given. It covers neither time nor
 *   id, so it can be replayed. Receivers of the Platform API support no other signature.
 * - `webhook-id`, `webhook-timestamp`, `webhook-signature`: Standard Webhooks 1.0.0, https://www.standardwebhooks.com
 *
 * @param timestamp time of this attempt in seconds since 1970
 */
export function signatureHeaders(
  body: Buffer,
  eventId: string,
  timestamp: number,
  { apiToken, signingSecret, previousSecret }: SigningKeys,
): Record<string, string> {
  const secrets = previousSecret === undefined ? [signingSecret] : [signingSecret, previousSecret];
  return {
    ...(apiToken === undefined
      ? {}
      : { 'x-sendbird-signature': createHmac('sha256', apiToken).update(body).digest('hex') }),
    ...standardHeaders(body, eventId, timestamp, secrets),
  };
}

/** The headers of Standard Webhooks. @param secrets `whsec_` and base64; the receiver has at least one of them */
export function standardHeaders(
  body: Buffer,
  id: string,
  timestamp: number,
  secrets: readonly string[],
): Record<string, string> {
  const sign = (secret: string): string => {
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')}`;
  };
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': secrets.map(sign).join(' '),
  };
}
