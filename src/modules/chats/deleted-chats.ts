/**
 * SQL condition: the chat is not one of a deleted user. Readers do not see such chats, although a deletion task deletes their rows
 * later. The chats of a new user with the same id have higher numbers. @param c the alias of `chats`
 */
export const isLiveChat = (c: string): string =>
  `NOT EXISTS (SELECT FROM deletion_tasks gone WHERE gone.kind = 'user' AND gone.subject_id IN (${c}.user_id, ${c}.bot_id)
     AND coalesce(${c}.num, 0) < gone.until)`;

/**
 * SQL condition: the log entry is not deleted with its chat or with the chat's history.
 *
 * @param entry the alias of `messages` or `chat_events`
 */
export const isLiveEntry = (entry: string): string =>
  `EXISTS (SELECT FROM chats standing WHERE standing.id = ${entry}.chat_id AND ${entry}.seq > standing.start_seq)`;

/**
 * SQL condition: the message is not deleted with its chat, with the chat's history, or with its sender. Required in each statement
 * that reads messages. @param m the alias of `messages`
 */
export const isLiveMessage = (m: string): string =>
  `${isLiveEntry(m)} AND ${isNotErased(`${m}.sender_id`, `${m}.created_at`)}`;

/**
 * SQL condition: a row is not one of an erased person. Rows of a new user with the same id are newer.
 *
 * @param userId the owner @param time the creation time
 */
export const isNotErased = (userId: string, time: string): string =>
  `NOT EXISTS (SELECT FROM deletion_tasks erased WHERE erased.kind = 'erasure' AND erased.subject_id = ${userId}
     AND ${time} <= erased.created_at)`;
