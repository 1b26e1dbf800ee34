import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';
import { parseFormBody, parseJsonBody } from './body-content.js';
import { payloadTooLarge, readBody } from './body-reader.js';
import { type ContentType, parseContentType } from './content-type.js';
import { BodyError } from './http-input.error.js';

export interface BodyParsingOptions {
  /** Maximum bytes of a JSON body or a form; a function if the limit can change. Default: 256 KiB. */
  readonly jsonLimitBytes?: number | (() => number);
  /** Milliseconds to receive a JSON body or a form. Default: 14 s, so that the response is sent within 15 s. */
  readonly timeoutMs?: number;
  /** Paths whose routes read bodies of other types themselves. Elsewhere these are rejected with 415. */
  readonly rawBodyPrefixes?: readonly string[];
}

/** 256 KiB. */
export const DEFAULT_LIMIT_BYTES = 256 * 1024;

const BODILESS_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/** Bytes of a rejected body that are read and dropped to keep the connection open. For more, the connection is closed. */
const DROPPABLE_BYTES = 1024 * 1024;

/**
 * Puts the parsed body into `request.body`: any value for JSON, an object for a url-encoded form. It stays undefined
 * if there is no body, for GET, HEAD and OPTIONS, and for multipart, which the routes read themselves. Other
 * spellings of the JSON content type are rewritten to `application/json` for later handlers.
 *
 * Errors are passed on as `BodyError`:
 *
 * - from the headers: 415 `unsupported_media_type`, `unsupported_charset`, `unsupported_encoding` (compressed)
 * - while reading: 413 `payload_too_large`, before a byte is read if the length is declared; 408 `request_timeout`
 * - from the content: 400 with the codes of `parseJsonBody` and `parseFormBody`
 */
export function bodyParsing({
  jsonLimitBytes = DEFAULT_LIMIT_BYTES,
  timeoutMs = 14_000,
  rawBodyPrefixes = [],
}: BodyParsingOptions = {}): RequestHandler {
  const isRaw = (path: string) => rawBodyPrefixes.some((prefix) => path.startsWith(prefix));

  return (request, response, next) => {
    if (!hasBody(request)) return next();
    const limitBytes = typeof jsonLimitBytes === 'number' ? jsonLimitBytes : jsonLimitBytes();
    const type = parseContentType(request.headers['content-type']);
    if (type.kind === 'multipart' || (type.kind === 'other' && isRaw(request.path))) return next();

    const refuse = (error: BodyError) => {
      const littleIsLeft = declaredLength(request) <= limitBytes + DROPPABLE_BYTES && error.status !== 408;
      if (!littleIsLeft) response.setHeader('connection', 'close');
      next(error);
    };
    const fault = headerFault(request, type, limitBytes);
    if (fault) return refuse(fault);
    if (type.kind === 'json') request.headers['content-type'] = 'application/json';

    readBody(request, { limitBytes, timeoutMs }, (error, bytes) => {
      if (error) return refuse(error);
      try {
        if (bytes.length > 0) request.body = type.kind === 'json' ? parseJsonBody(bytes) : parseFormBody(bytes);
      } catch (unreadable) {
        return next(unreadable);
      }
      next();
    });
  };
}

const hasBody = (request: IncomingMessage) =>
  !BODILESS_METHODS.includes(request.method!) &&
  (request.headers['transfer-encoding'] !== undefined || declaredLength(request) > 0);

/** @returns bytes, or NaN for a chunked body, which compares false with any limit */
const declaredLength = (request: IncomingMessage) => Number(request.headers['content-length']);

function headerFault(request: IncomingMessage, type: ContentType, limitBytes: number): BodyError | undefined {
  if (type.kind === 'other') {
    return new BodyError(415, 'unsupported_media_type', 'The Content-Type of a body must be application/json.');
  }
  if (type.charset !== undefined && type.charset !== 'utf-8' && type.charset !== 'utf8') {
    return new BodyError(415, 'unsupported_charset', 'The charset of a body must be UTF-8.');
  }
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    return new BodyError(415, 'unsupported_encoding', 'Compressed bodies are not accepted.');
  }
  return declaredLength(request) > limitBytes ? payloadTooLarge(limitBytes) : undefined;
}
