/**
 * A condition of SQL: the chat is not one of a user that is deleted. Such chats are gone for every reader, though a deletion task
 * has yet to remove their rows. A new user with the same id has chats with higher numbers. @param c the alias of `chats`
 */
export const isLiveChat = (c: string): string =>
  `NOT EXISTS (SELECT FROM deletion_tasks gone WHERE gone.kind = 'user' AND gone.subject_id IN (${c}.user_id, ${c}.bot_id)
     AND coalesce(${c}.num, 0) < gone.until)`;

/**
 * A condition of SQL: the entry of a log is not deleted with its chat, or with the chat's history.
 *
 * @param entry the alias of `messages` or `chat_events`
 */
export const isLiveEntry = (entry: string): string =>
  `EXISTS (SELECT FROM chats standing WHERE standing.id = ${entry}.chat_id AND ${entry}.seq > standing.start_seq)`;

/**
 * A condition of SQL: the message is not deleted with its chat, with the chat's history, or with its sender. Whatever reads messages
 * asks for it. @param m the alias of `messages`
 */
export const isLiveMessage = (m: string): string =>
  `${isLiveEntry(m)} AND ${isNotErased(`${m}.sender_id`, `${m}.created_at`)}`;

/**
 * A condition of SQL: something is not of a person that is erased. What a new user with the same id has is younger.
 *
 * @param userId whose it is @param time when it was made
 */
export const isNotErased = (userId: string, time: string): string =>
  `NOT EXISTS (SELECT FROM deletion_tasks erased WHERE erased.kind = 'erasure' AND erased.subject_id = ${userId}
     AND ${time} <= erased.created_at)`;
