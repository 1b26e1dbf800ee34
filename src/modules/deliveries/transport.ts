import type { BotEndpointEntity, BotProfile } from '../bots/index.js';
import type { ChatEntity, MemberEntity, Membership } from '../chats/index.js';
import type { FileEntity } from '../files/index.js';
import type { UserEntity } from '../users/index.js';
import type { MembershipHistory } from './membership-history.js';
import type { LogEntry, RoutingFacts, SkipReason } from './routing.js';

/** What a lane needs to know once per turn: whom it serves, and where. */
export interface LaneContext {
  endpoint: BotEndpointEntity;
  profile: BotProfile;
  botToken: string;
  /** As it was just before the membership was read: that holds for the entries of the log down to `chat.lastSeq`. */
  chat: ChatEntity;
  membership: Membership | undefined;
  /** The same for the past. */
  history: MembershipHistory;
  /** Of bots that want them; empty for the others. */
  members: { member: MemberEntity; user: UserEntity }[];
}

/** The users and files that messages speak of, by their ids. */
export interface Cast {
  users: Map<string, UserEntity>;
  files: Map<string, FileEntity>;
}

/** The next entries of a log, with the users and files that they speak of. */
export interface LogPage extends Cast {
  entries: LogEntry[];
}

/** Why an event is sent. */
export type DeliveryTrigger = 'auto' | 'manual' | 'probe';

/** One try to hand an entry of a chat's log to a bot. */
export interface TransportRequest {
  entry: LogEntry;
  context: LaneContext;
  /** The entries that are read with this one, and whom and what they speak of. */
  page: LogPage;
  eventId: string;
  /** 1 for the first. */
  attempt: number;
  /** The entry before this one that was given up, if nothing has been delivered since: the receiver has a gap. */
  gapSeq: number | null;
  /** `manual`: somebody has asked for it again. `probe`: to see whether the endpoint is back. */
  trigger: DeliveryTrigger;
  /** What the last try sent; the next sends the same bytes. Null for the first try, and once the message was edited. */
  keptBody: Buffer | null;
  /** Of the request that caused the event; empty when it is not known. */
  requestId: string;
}

export interface TransportResult {
  delivered: boolean;
  /** Why it was not handed over after all, and never will be: known only now. */
  skipped?: SkipReason;
  /** The outcome is not known yet: nothing is counted, and the entry is looked at again after so many milliseconds. */
  waitMs?: number;
  /** Milliseconds until the next try, instead of the schedule of callbacks. */
  retryInMs?: number;
  /** Null when no answer came. */
  httpStatus: number | null;
  /** Empty when it was delivered. Stable, for the log of attempts. */
  errorCode: string;
  timedOut: boolean;
  retryAfter?: string;
  durationMs: number;
  /** The beginning of the answer. */
  responseHead: string;
  /** What was sent, to be kept for the next try. */
  body: Buffer | null;
}

/** A way to hand events to bots. */
export interface Transport {
  /** Seconds after which an entry is too old to be handed over, instead of those of `DELIVERY_MAX_AGE`. */
  readonly maxAgeSeconds?: number;

  /** @returns why the entry is not for this bot, or undefined to hand it over */
  skipReason(entry: LogEntry, facts: RoutingFacts, context: LaneContext): SkipReason | undefined;

  /** Whatever happens to the bot is a result. What it throws is a fault of ours: the lane is tried again in a moment. */
  deliver(request: TransportRequest): Promise<TransportResult>;
}
