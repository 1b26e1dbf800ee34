import { ConnectionLostError } from '../../../core/database/database.js';

/** Five characters of a class that has nothing to do with what was asked: connection, resources, shutdown, conflict. */
const PASSING_SQLSTATE = /^(08|40|53|55|57|58)...$/;
const PASSING_SOCKET = /^E(CONN|PIPE|TIMEDOUT|AI_AGAIN|HOST)/;
/** The driver's own errors have no codes. */
const DRIVER = /^(timeout exceeded|Connection terminated|Client (has|was)|Cannot use a pool|Query read timeout)/;

/** Whether what was thrown is about something that this server itself needs, and will be over. */
export function isOutage(error: unknown): boolean {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  if (error instanceof ConnectionLostError) return true;
  return PASSING_SQLSTATE.test(String(code)) || PASSING_SOCKET.test(String(code)) || DRIVER.test(message);
}
