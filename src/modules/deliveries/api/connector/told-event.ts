import type { MessageEntity } from '../../../messages/index.js';

/** An event for a session. */
export interface ToldEvent {
  method: string;
  payload: object;
}

/** What an entry of a log is told as. */
export interface ToldEntry {
  /** Of this very entry, also when a chat was made anew and its numbers begin again. */
  id: string;
  /** The message, if it is somebody else's: a session has to acknowledge it. */
  toRead: MessageEntity | undefined;
  events: ToldEvent[];
  /** Envelopes for those sessions that have asked for them. */
  systemEvents: ToldEvent[];
  /** The session that has done it, which knows. */
  origin: string;
}
