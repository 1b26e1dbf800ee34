import { isNestedDeeperThan } from '../../../../../core/http/json-syntax.js';
import { CONNECTOR_CODE, ConnectorError } from '../../../../../protocols/connector/connector-codes.js';

/** Close codes and reasons of sockets that the server closes. */
export const CLOSE_CODES = {
  goingAway: [1001, 'No pong received in time.'],
  textOnly: [1003, 'Only text frames are accepted.'],
  internalError: [1011, 'Session initialization failed.'],
  restart: [1012, 'The server is restarting.'],
  overloaded: [1013, 'The client does not read the socket.'],
  displaced: [1013, 'Too many unauthenticated sockets.'],
  tooManyInvalidFrames: [4400, 'Too many invalid frames.'],
  revoked: [4401, 'The token is no longer valid.'],
  authTimeout: [4408, 'No auth request received in time.'],
  tooManyRequests: [4429, 'Too many requests.'],
} as const satisfies Record<string, readonly [code: number, reason: string]>;

export const REQUEST = 1;
export const RESPONSE = 2;

const MAX_ID = 0xffff_ffff;
/** Nesting of brackets. Payloads of the contract have only a few levels. */
const MAX_DEPTH = 64;
/** A client closes its socket on a longer frame, reconnects at once, and repeats the request. */
const MAX_BYTES = 1_048_575;
/** Upper bound of UTF-8 bytes per UTF-16 unit. */
const MAX_CHARACTER_BYTES = 3;

export interface RequestFrame {
  type: typeof REQUEST;
  id: number;
  method: string;
  payload: unknown;
}

export interface ResponseFrame {
  type: typeof RESPONSE;
  id: number;
  payload: unknown;
}

export type Frame = RequestFrame | ResponseFrame;

/** An invalid frame. `id` is the id of the frame, or 0 if it is unreadable. */
export class InvalidFrameError extends ConnectorError {
  constructor(
    readonly id: number,
    message: string,
  ) {
    super(CONNECTOR_CODE.wrongPayload, message);
  }
}

/** @throws InvalidFrameError */
export function readFrame(text: string): Frame {
  if (isNestedDeeperThan(MAX_DEPTH, text))
    throw new InvalidFrameError(0, `The frame must be nested at most ${MAX_DEPTH} levels deep.`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InvalidFrameError(0, 'The frame is not valid JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new InvalidFrameError(0, 'The frame must be a JSON object.');
  const { type, id, method, payload } = value as Record<string, unknown>;
  if (!Number.isInteger(id) || (id as number) < 0 || (id as number) > MAX_ID)
    throw new InvalidFrameError(0, '"id" must be an integer from 0 to 4294967295.');
  const frameId = id as number;
  if (type === RESPONSE) return { type, id: frameId, payload };
  if (type !== REQUEST) throw new InvalidFrameError(frameId, '"type" must be 1 for a request or 2 for a response.');
  if (typeof method !== 'string' || method === '')
    throw new InvalidFrameError(frameId, '"method" must be a non-empty string.');
  return { type, id: frameId, method, payload };
}

export const responseFrame = (id: number, payload: unknown = {}): string =>
  JSON.stringify({ type: RESPONSE, id, payload });

/** @returns the response, or an error response if the frame exceeds the limit. Methods bound their responses; large rows can still exceed it. */
export function boundedResponseFrame(id: number, payload: unknown): string {
  const frame = responseFrame(id, payload);
  if (frame.length * MAX_CHARACTER_BYTES <= MAX_BYTES || Buffer.byteLength(frame) <= MAX_BYTES) return frame;
  return errorFrame(id, CONNECTOR_CODE.internal, 'The response exceeds the frame limit. Request fewer items.');
}

export const errorFrame = (id: number, errorCode: number, errorDescription: string): string =>
  responseFrame(id, { errorCode, errorDescription });

export const requestFrame = (id: number, method: string, payload: object): string =>
  JSON.stringify({ type: REQUEST, id, method, payload });
