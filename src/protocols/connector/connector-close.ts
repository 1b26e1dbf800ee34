/** Why the server ends a socket: codes that say more than 1000. */
export const CLOSE = {
  goingAway: [1001, 'No pong has come for too long.'],
  onlyText: [1003, 'Only text frames are served.'],
  fault: [1011, 'The session could not be opened.'],
  restart: [1012, 'The server restarts.'],
  overloaded: [1013, 'The socket is not read.'],
  displaced: [1013, 'Too many sockets wait for auth.'],
  tooManyFaults: [4400, 'Too many frames were no requests.'],
  revoked: [4401, 'The token is good no more.'],
  authTimeout: [4408, 'No auth has come in time.'],
  tooManyRequests: [4429, 'Too many requests were sent.'],
} as const satisfies Record<string, readonly [code: number, reason: string]>;
