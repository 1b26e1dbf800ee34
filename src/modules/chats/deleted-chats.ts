/**
 * A condition of SQL: the chat is not one of a user that is deleted. Such chats are gone for every reader, though a deletion task
 * has yet to remove their rows. A new user with the same id has chats with higher numbers. @param c the alias of `chats`
 */
export const isLiveChat = (c: string): string =>
  `NOT EXISTS (SELECT FROM deletion_tasks gone WHERE gone.kind = 'user' AND gone.subject_id IN (${c}.user_id, ${c}.bot_id)
     AND coalesce(${c}.num, 0) < gone.until)`;

/**
 * A condition of SQL: the entry of a log is not deleted with its chat, or with the chat's history. Whatever reads messages or chat
 * events asks for it, unless it reads behind a place that cannot be deleted, such as the start of a membership.
 *
 * @param entry the alias of `messages` or `chat_events`
 */
export const isLiveEntry = (entry: string): string =>
  `EXISTS (SELECT FROM chats standing WHERE standing.id = ${entry}.chat_id AND ${entry}.seq > standing.start_seq)`;
