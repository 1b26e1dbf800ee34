import { isNestedDeeperThan } from '../../core/http/json-syntax.js';
import { CONNECTOR_CODE, ConnectorError } from './connector-codes.js';

export const REQUEST = 1;
export const RESPONSE = 2;

const MAX_ID = 0xffff_ffff;
/** Brackets within brackets. No payload of the contract has more than a few. */
const MAX_DEPTH = 64;
/** Clients close a socket on which a longer frame comes, come back at once, and ask again. */
const MAX_BYTES = 1_048_575;
/** No character of a frame has more bytes. */
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

/** What is wrong with a frame, and the id to answer with, as far as it can be told. */
export class FrameFault extends ConnectorError {
  constructor(
    readonly id: number,
    message: string,
  ) {
    super(CONNECTOR_CODE.wrongPayload, message);
  }
}

/** @throws FrameFault */
export function readFrame(text: string): Frame {
  if (isNestedDeeperThan(MAX_DEPTH, text))
    throw new FrameFault(0, `The frame may be nested ${MAX_DEPTH} levels deep at most.`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new FrameFault(0, 'The frame is not JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new FrameFault(0, 'The frame must be a JSON object.');
  const { type, id, method, payload } = value as Record<string, unknown>;
  if (!Number.isInteger(id) || (id as number) < 0 || (id as number) > MAX_ID)
    throw new FrameFault(0, '"id" must be a whole number from 0 to 4294967295.');
  const frameId = id as number;
  if (type === RESPONSE) return { type, id: frameId, payload };
  if (type !== REQUEST) throw new FrameFault(frameId, '"type" must be 1 for a request or 2 for a response.');
  if (typeof method !== 'string' || method === '') throw new FrameFault(frameId, '"method" must be a text.');
  return { type, id: frameId, method, payload };
}

export const responseFrame = (id: number, payload: unknown = {}): string =>
  JSON.stringify({ type: RESPONSE, id, payload });

/** The answer, or why it cannot be told: all methods keep within the limit, unless there is more in a row than they think. */
export function fittingResponse(id: number, payload: unknown): string {
  const frame = responseFrame(id, payload);
  if (frame.length * MAX_CHARACTER_BYTES <= MAX_BYTES || Buffer.byteLength(frame) <= MAX_BYTES) return frame;
  return errorFrame(id, CONNECTOR_CODE.internal, 'The answer does not fit into a frame: ask for less at a time.');
}

export const errorFrame = (id: number, errorCode: number, errorDescription: string): string =>
  responseFrame(id, { errorCode, errorDescription });

export const requestFrame = (id: number, method: string, payload: object): string =>
  JSON.stringify({ type: REQUEST, id, method, payload });
