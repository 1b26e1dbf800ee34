import type { BotEntity } from '../bots/index.js';
import type { ChatEventEntity, ChatEventType, Membership } from '../chats/index.js';
import { isAddressed, type MessageEntity } from '../messages/index.js';
import type { UserEntity } from '../users/index.js';

/** An entry of a chat log. */
export type LogEntry =
  | { seq: number; message: MessageEntity; event?: undefined }
  | { seq: number; event: ChatEventEntity; message?: undefined };

/** The stored reason why an entry is not sent to an endpoint. */
export type SkipReason =
  | 'own_message'
  | 'bot_message'
  | 'admin_message'
  | 'not_member'
  | 'privacy_mode'
  | 'bot_disabled'
  | 'message_removed'
  | 'not_a_message'
  | 'expired'
  | 'no_text'
  | 'bot_absent'
  | 'not_acknowledged';

export interface RoutingFacts {
  bot: BotEntity;
  /** Whether the bot was a member at the position of the entry. */
  isMember: boolean;
  /** Undefined for a deleted sender or an API credential. */
  sender: UserEntity | undefined;
}

/**
 * Decides whether an entry goes to a bot. A bot receives neither its own messages nor those of other bots, since two bots would reply to
 * each other for ever (sockets receive those of other bots, within limits). It receives the entries of its time as a member, also after
 * it has left, and none of its absence. In privacy mode it receives only messages that start with "/" or mention the bot or the channel.
 *
 * @param sendsMembership whether the endpoint receives the joins and leaves of its own bot
 * @returns the reason to skip the entry, or undefined to send it
 */
export function skipReason(
  entry: LogEntry,
  { bot, isMember, sender }: RoutingFacts,
  sendsMembership = false,
): SkipReason | undefined {
  const { message } = entry;
  if (!message) return sendsMembership && isOwnMembership(entry.event, bot) ? undefined : 'not_a_message';
  if (message.removedAt) return 'message_removed';
  if (message.kind === 'admin' || message.senderId === null) return 'admin_message';
  if (message.senderId === bot.id) return 'own_message';
  if (sender?.kind === 'bot') return 'bot_message';
  if (bot.isDisabled) return 'bot_disabled';
  if (!isMember) return 'not_member';
  if (bot.isPrivacyMode && !isAddressed(message, bot.id)) return 'privacy_mode';
  return undefined;
}

const isOwnMembership = ({ type, subjectId }: ChatEventEntity, bot: BotEntity): boolean =>
  subjectId === bot.id && !bot.isDisabled && (type === 'member.joined' || type === 'member.left');

/** Finds the next membership entry of a user after a position in a chat log. */
export type NextMembershipEvent = (afterSeq: number) => Promise<{ seq: number; type: ChatEventType } | undefined>;

/**
 * Whether a bot was a member of a chat at a position in its log. Mostly the current membership decides. Otherwise the next membership
 * entry does: a bot that leaves there was a member before, a bot that joins there was not.
 */
export class MembershipHistory {
  /** The last result. It holds from its position up to the next membership entry. */
  private known: { fromSeq: number; toSeq: number; wasMember: boolean } | undefined;

  constructor(
    private readonly membership: Membership | undefined,
    private readonly next: NextMembershipEvent,
  ) {}

  async wasMemberAt(seq: number): Promise<boolean> {
    if (this.membership?.state === 'joined' && seq >= this.membership.joinedSeq) return true;
    if (!this.known || seq < this.known.fromSeq || seq >= this.known.toSeq) {
      const event = await this.next(seq);
      this.known = { fromSeq: seq, toSeq: event?.seq ?? Infinity, wasMember: event?.type === 'member.left' };
    }
    return this.known.wasMember;
  }
}
