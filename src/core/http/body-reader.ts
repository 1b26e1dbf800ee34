import type { IncomingMessage } from 'node:http';
import { keepContext } from '../context/request-context.js';
import { BodyError } from './http-input.error.js';

export interface ReadLimits {
  /** Maximum bytes of a body. */
  readonly limitBytes: number;
  /** Milliseconds from the start of reading to the last byte. */
  readonly timeoutMs: number;
}

export const payloadTooLarge = (limitBytes: number) =>
  new BodyError(413, 'payload_too_large', `The body must be at most ${limitBytes} bytes.`);

const timedOut = (timeoutMs: number) =>
  new BodyError(408, 'request_timeout', `The body was not received within ${timeoutMs / 1000} seconds.`);

/**
 * Reads the body of a request and calls `done` once: with its bytes, or with `payload_too_large` or
 * `request_timeout`. It keeps no more than the limit in memory and drops later bytes as they arrive. If the client
 * closes the connection before the end, `done` is never called.
 */
export function readBody(
  request: IncomingMessage,
  { limitBytes, timeoutMs }: ReadLimits,
  done: (error: BodyError | undefined, body: Buffer) => void,
): void {
  // Stream events run in the context of the connection. This runs `done` in the context of the request.
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
