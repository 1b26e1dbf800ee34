import { invalidCursor } from '../message.errors.js';

/** A position in the events of all chats of a user: after the entry with this time, chat and sequence number. */
export interface FeedCursor {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly chatId: string;
  readonly seq: number;
}

/** The position before all events. */
export const BEGINNING: FeedCursor = { at: 0, chatId: '', seq: 0 };

/** Maximum length of a cursor, for any chat id. */
const MAX_LENGTH = 1000;
/** The last time that a `Date` can hold. */
const MAX_TIME = 8.64e15;

/** @returns letters, digits, `-` and `_`: fit for a header, a query and a line of an event stream */
export const writeCursor = ({ at, chatId, seq }: FeedCursor): string =>
  Buffer.from(JSON.stringify([at, seq, chatId])).toString('base64url');

/** @param text from `writeCursor`, or `0` for the beginning. @throws DomainError invalid `cursor.invalid` */
export function readCursor(text: string): FeedCursor {
  if (text === '0') return BEGINNING;
  if (text.length > MAX_LENGTH || !/^[\w-]+$/.test(text)) throw invalidCursor();
  const [at, seq, chatId] = parse(Buffer.from(text, 'base64url').toString('utf8'));
  if (
    !isNonNegativeInteger(at) ||
    at > MAX_TIME ||
    !isNonNegativeInteger(seq) ||
    typeof chatId !== 'string' ||
    chatId.includes('\0')
  ) {
    throw invalidCursor();
  }
  return { at, seq, chatId };
}

function parse(json: string): unknown[] {
  try {
    const value: unknown = JSON.parse(json);
    if (Array.isArray(value) && value.length === 3) return value;
  } catch {
    // Rejected like any other invalid cursor.
  }
  throw invalidCursor();
}

const isNonNegativeInteger = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
