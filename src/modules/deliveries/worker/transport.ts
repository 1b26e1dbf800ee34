import type { BotEndpointEntity } from '../../bots/index.js';

/** One try to hand an event to a bot. */
export interface TransportRequest {
  endpoint: BotEndpointEntity;
  eventId: string;
  chatSeq: number;
  /** 1 for the first. */
  attempt: number;
  body: Buffer;
  /** Of the request that caused the event; empty when it is not known. */
  requestId: string;
}

export interface TransportResult {
  delivered: boolean;
  /** Null when no answer came. */
  httpStatus: number | null;
  /** Empty when it was delivered. Stable, for the log of attempts. */
  errorCode: string;
  timedOut: boolean;
  retryAfter?: string;
  durationMs: number;
  /** The beginning of the answer. */
  responseHead: string;
}

/** A way to hand events to bots. Never throws: whatever happens is a result. */
export interface Transport {
  deliver(request: TransportRequest): Promise<TransportResult>;
}
