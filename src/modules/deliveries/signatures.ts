import { createHmac } from 'node:crypto';

/** What an event is called by receivers: the same over all tries, endpoints and replays. It must not hold a dot. */
export const eventIdOf = (messageId: string): string => `evt_${messageId}`;

export interface SigningKeys {
  /**
   * The Platform API's token, for callbacks of the Platform API alone: `x-sendbird-signature` is made with it. The owner of any other
   * endpoint must not get digests made with this secret, since they allow guesses to be checked offline.
   */
  apiToken?: string;
  /** `whsec_` and base64. */
  signingSecret: string;
  /** Another one that is still good, while the receiver changes over. */
  previousSecret?: string;
}

/**
 * The headers by which a receiver knows that a callback is ours.
 *
 * - `x-sendbird-signature`: HMAC-SHA256 of the body with the API token, in hexadecimal, if that token is given. Has neither time nor
 *   id, so it can be replayed: for receivers of the Platform API, which know no other.
 * - `webhook-id`, `webhook-timestamp`, `webhook-signature`: Standard Webhooks 1.0.0, https://www.standardwebhooks.com
 *
 * @param timestamp seconds since 1970, of this try
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

/** Those of Standard Webhooks alone. @param secrets `whsec_` and base64, of which the receiver knows one at least */
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
