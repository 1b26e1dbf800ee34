/** The topic of changes to a user's chats and rights. Streams and sockets of the user subscribe to it. */
export const userTopic = (userId: string): string => `user:${userId}`;
