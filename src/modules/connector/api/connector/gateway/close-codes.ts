/** Close codes and reasons of sockets that the server closes. */
export const CLOSE_CODES = {
  goingAway: [1001, 'No pong received in time.'],
  textOnly: [1003, 'Only text frames are accepted.'],
  internalError: [1011, 'Session initialization failed.'],
  restart: [1012, 'The server is restarting.'],
  overloaded: [1013, 'The client does not read the socket.'],
  displaced: [1013, 'Too many unauthenticated sockets.'],
  tooManyInvalidFrames: [4400, 'Too many invalid frames.'],
  revoked: [4401, 'The token is no longer valid.'],
  authTimeout: [4408, 'No auth request received in time.'],
  tooManyRequests: [4429, 'Too many requests.'],
} as const satisfies Record<string, readonly [code: number, reason: string]>;
