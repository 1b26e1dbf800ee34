import type { IncomingMessage } from 'node:http';
import { keepContext } from '../context/request-context.js';
import { BodyError } from './http-input.error.js';

export interface ReadLimits {
  /** Bytes that a body may have. */
  readonly limitBytes: number;
  /** Milliseconds from the first look at the body to its last byte. */
  readonly timeoutMs: number;
}

export const payloadTooLarge = (limitBytes: number) =>
  new BodyError(413, 'payload_too_large', `The body may have ${limitBytes} bytes at most.`);

const timedOut = (timeoutMs: number) =>
  new BodyError(408, 'request_timeout', `The body did not arrive completely within ${timeoutMs / 1000} seconds.`);

/**
 * Collects the body of a request and calls `done` once: with its bytes, or with `payload_too_large` or
 * `request_timeout`. It holds no more than the limit in memory: what comes after a refusal is dropped as it arrives. If
 * the client hangs up before the end, `done` is never called, as nobody is left to be answered.
 */
export function readBody(
  request: IncomingMessage,
  { limitBytes, timeoutMs }: ReadLimits,
  done: (error: BodyError | undefined, body: Buffer) => void,
): void {
  // Stream events come in the context of the connection. This brings `done` back into the one of the request.
  const inContext = keepContext();
  const chunks: Buffer[] = [];
  let received = 0;
  let settled = false;

  const settle = (error?: BodyError) => {
    settled = true;
    clearTimeout(timer);
    const body = chunks.length === 1 ? chunks[0] : Buffer.concat(error ? [] : chunks);
    inContext(() => done(error, body));
  };
  const timer = setTimeout(() => settle(timedOut(timeoutMs)), timeoutMs);

  request.on('data', (chunk: Buffer) => {
    if (settled) return;
    received += chunk.length;
    if (received > limitBytes) settle(payloadTooLarge(limitBytes));
    else chunks.push(chunk);
  });
  request.on('end', () => {
    if (!settled) settle();
  });
  request.on('close', () => clearTimeout(timer));
}
