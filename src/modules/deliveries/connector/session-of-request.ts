/** A request of a socket is named after its session: `<session>.<number>`. @returns the session, or what else the request is called */
export const sessionOf = (requestId: string): string => requestId.split('.', 1)[0];
