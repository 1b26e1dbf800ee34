/** The topic under which all that serve a user for longer than a moment hear that it is in other chats, or may do other things. */
export const userTopic = (userId: string): string => `user:${userId}`;
