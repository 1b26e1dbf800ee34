import { isLiveMessage } from '../chats/index.js';
import type { MessageEntity } from './message.entity.js';

/**
 * Visibility of messages to a user. This is the only rule, for every reader and every protocol: pages, single messages, replies and
 * their parents, forwards, event streams, chat lists, unread counts, the prompt of a model, and the files of messages.
 *
 *   - The message is not deleted with its chat, the chat's history or its sender.
 *   - The user is a joined member of the chat, or one of the pair of a personal chat.
 *   - The user's history begins after `history_from`: it was added without the earlier messages, or has cleared them.
 *   - The user has not hidden the message.
 *   - A bot in privacy mode sees in groups and channels the messages that are addressed to it and its own; in personal chats all.
 *
 * A user that leaves and comes back sees the messages sent in between, unless it was added without the earlier messages. API
 * credentials see all. Removed messages are visible to no user; each statement excludes them itself, since some show their place.
 */

/** Messages that pass privacy mode: commands, and messages that mention the bot by its id or the whole channel. */
export const isAddressed = (
  { body, mentionType, mentionedIds }: Pick<MessageEntity, 'body' | 'mentionType' | 'mentionedIds'>,
  userId: string,
): boolean => body.startsWith('/') || mentionType === 'channel' || mentionedIds.includes(userId);

/**
 * The relation of a user as the reader of a chat: one row, or none if the user can see nothing of it. For an API credential the user is
 * null, and the reader's history is complete.
 *
 * @param chat the id of the chat, and @param user that of the user, as SQL expressions
 */
export const readerOf = (chat: string, user: string): string => `
  SELECT ${user}::text AS user_id, own.history_from,
         coalesce(profile.is_privacy_mode AND place.kind IN ('group', 'channel'), false) AS only_addressed
  FROM chats place LEFT JOIN members own ON own.chat_id = place.id AND own.user_id = ${user}::text
  LEFT JOIN bots profile ON profile.id = ${user}::text
  WHERE place.id = ${chat} AND (${user}::text IS NULL OR own.state = 'joined'
    OR (place.kind = 'personal' AND ${user}::text IN (place.user_id, place.bot_id)))`;

/** The condition that a message is visible. @param message and @param reader the names of the two relations */
export const isVisibleTo = (message: string, reader: string): string => `
  ${isLiveMessage(message)} AND (${reader}.history_from IS NULL OR ${message}.created_at > ${reader}.history_from)
  AND (NOT ${reader}.only_addressed OR ${message}.sender_id = ${reader}.user_id OR starts_with(${message}.body, '/')
    OR ${message}.mention_type = 'channel' OR ${reader}.user_id = ANY(${message}.mentioned_ids))
  AND NOT EXISTS (SELECT FROM hidden_messages hidden
    WHERE hidden.user_id = ${reader}.user_id AND hidden.message_id = ${message}.id)`;

/** The condition that a message is visible to a user, for statements without a reader relation. */
export const isVisibleToUser = (message: string, user: string): string =>
  `EXISTS (SELECT FROM (${readerOf(`${message}.chat_id`, user)}) reader WHERE ${isVisibleTo(message, 'reader')})`;
