import type { BotEndpointEntity, BotProfile } from '../bots/index.js';
import type { ChatEntity, MemberEntity, Membership } from '../chats/index.js';
import type { FileEntity } from '../files/index.js';
import type { UserEntity } from '../users/index.js';
import type { MembershipHistory, LogEntry, RoutingFacts, SkipReason } from './routing.js';

/** The endpoint, bot and chat of a subscription, loaded once per turn. */
export interface DeliveryContext {
  endpoint: BotEndpointEntity;
  profile: BotProfile;
  botToken: string;
  /** The chat, read just before the membership. So the membership is current for log entries up to `chat.lastSeq`. */
  chat: ChatEntity;
  membership: Membership | undefined;
  /** The membership at earlier positions of the log. */
  history: MembershipHistory;
  /** The members of the chat if the bot receives them; otherwise empty. */
  members: { member: MemberEntity; user: UserEntity }[];
}

/** The users and files that messages refer to, by id. */
export interface EntryReferences {
  users: Map<string, UserEntity>;
  files: Map<string, FileEntity>;
}

/** The next entries of a log, with the users and files that they refer to. */
export interface LogPage extends EntryReferences {
  entries: LogEntry[];
}

/** Why an event is sent. */
export type DeliveryTrigger = 'auto' | 'manual' | 'probe';

/** An attempt to deliver a log entry to a bot. */
export interface TransportRequest {
  entry: LogEntry;
  context: DeliveryContext;
  /** The page with this entry, and the references of its entries. */
  page: LogPage;
  eventId: string;
  /** 1 for the first attempt. */
  attempt: number;
  /** The last entry that was given up, if nothing was delivered since: the receiver has a gap. */
  gapSeq: number | null;
  /** `manual`: a requested redelivery. `probe`: a check whether the endpoint has recovered. */
  trigger: DeliveryTrigger;
  /** The body of the last attempt, to send the same bytes again. Null for the first attempt and after an edit. */
  keptBody: Buffer | null;
  /** Id of the request that caused the event; empty if unknown. */
  requestId: string;
}

export interface TransportResult {
  delivered: boolean;
  /** The reason to skip the entry, if only the attempt revealed it. */
  skipped?: SkipReason;
  /** The outcome is not known yet: nothing is counted, and the entry is checked again after so many milliseconds. */
  waitMs?: number;
  /** Milliseconds until the next attempt, instead of the retry schedule of callbacks. */
  retryInMs?: number;
  /** Null without a response. */
  httpStatus: number | null;
  /** Stable code for the record of the attempt; empty after a delivery. */
  errorCode: string;
  timedOut: boolean;
  retryAfter?: string;
  durationMs: number;
  /** The beginning of the response. */
  responseHead: string;
  /** The sent body, to be stored for the next attempt. */
  body: Buffer | null;
}

/** Delivers events to bots. */
export interface Transport {
  /** Maximum age of an entry in seconds, instead of `DELIVERY_MAX_AGE`. */
  readonly maxAgeSeconds?: number;

  /** @returns the reason to skip the entry, or undefined to deliver it */
  skipReason(entry: LogEntry, facts: RoutingFacts, context: DeliveryContext): SkipReason | undefined;

  /** Returns failures of the bot as a result. Throws only on internal errors: the subscription is served again soon. */
  deliver(request: TransportRequest): Promise<TransportResult>;
}
