/** An event for a session. */
export interface ToldEvent {
  method: string;
  payload: object;
}

/** What an entry of a log is told as. */
export interface ToldEntry {
  /** A message of somebody else, which a session has to acknowledge. */
  mustBeRead: boolean;
  events: ToldEvent[];
  /** Envelopes for those sessions that have asked for them. */
  systemEvents: ToldEvent[];
  /** The session that has done it, which knows. */
  origin: string;
}
