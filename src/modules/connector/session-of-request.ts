/** The id of a socket request is `<session id>.<number>`. @returns the session id, or any other request id unchanged */
export const sessionIdOf = (requestId: string): string => requestId.split('.', 1)[0];
