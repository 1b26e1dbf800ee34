import type { BotEntity } from '../bots/index.js';
import type { ChatEventEntity } from '../chats/index.js';
import { isAddressed, type MessageEntity } from '../messages/index.js';
import type { UserEntity } from '../users/index.js';

/** One entry of a chat's log. */
export type LogEntry =
  | { seq: number; message: MessageEntity; event?: undefined }
  | { seq: number; event: ChatEventEntity; message?: undefined };

/** Why an entry is not sent to an endpoint. Stored, so that nobody has to guess. */
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
  /** Whether the bot was a member at the entry's place in the log. */
  isMember: boolean;
  /** Undefined when the sender is gone, or was the operator. */
  sender: UserEntity | undefined;
}

/**
 * Decides whether an entry of a chat goes to a bot. Bots hear neither themselves nor each other, since two of them would talk
 * for ever (sockets hear other bots, within limits of their own); a bot hears
 * what was said while it was a member, also if it has left since, and not what was said while it was away; privacy mode lets through what starts with "/" or mentions the bot, by id or as one of the whole channel.
 *
 * @param tellsMembership whether the endpoint is told when the bot itself comes into the chat, or goes
 * @returns the reason not to send it, or undefined to send it
 */
export function skipReason(
  entry: LogEntry,
  { bot, isMember, sender }: RoutingFacts,
  tellsMembership = false,
): SkipReason | undefined {
  const { message } = entry;
  if (!message) return tellsMembership && isOwnMembership(entry.event, bot) ? undefined : 'not_a_message';
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
