import type { MessageEntity } from '../../../messages/index.js';

/** An event for a session. */
export interface ToldEvent {
  method: string;
  payload: object;
}

/** What an entry of a log is told as. */
export interface ToldEntry {
  /** The message, if it is somebody else's: a session has to acknowledge it. */
  toRead: MessageEntity | undefined;
  events: ToldEvent[];
  /** Envelopes for those sessions that have asked for them. */
  systemEvents: ToldEvent[];
  /** The session that has done it, which knows. */
  origin: string;
}
