import type { MessageEntity } from '../../../../messages/index.js';

/** An event for a session. */
export interface OutboundEvent {
  method: string;
  payload: object;
}

/** The events for a chat log entry. */
export interface OutboundEntry {
  /** Unique id of the entry, also after a chat was created again and its sequence restarted. */
  id: string;
  /** The message, unless the bot sent it: a session must acknowledge it. */
  messageToAcknowledge: MessageEntity | undefined;
  events: OutboundEvent[];
  /** System message envelopes, for sessions that request them. */
  systemEvents: OutboundEvent[];
  /** Id of the session that caused the entry. It receives no event. */
  origin: string;
}
