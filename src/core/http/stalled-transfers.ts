import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { RequestHandler } from 'express';
import { parseContentType } from './content-type.js';

/** When a transfer is taken for stalled. */
export interface StallLimits {
  /** Milliseconds in which a transfer must get on. 0: it may take any time. */
  readonly stallMs: number;
  /** Bytes per second that an upload must make on average of that time. */
  readonly minBytesPerSecond: number;
}

/** Closes the connection of an upload whose sender sends nothing, or hardly anything. Other bodies have a deadline as a whole. */
export function cutStalledUploads({ stallMs, minBytesPerSecond }: StallLimits): RequestHandler {
  const minBytes = Math.max(1, (minBytesPerSecond * stallMs) / 1000);
  return (request, _response, next) => {
    const isUpload =
      request.headers['content-type'] && parseContentType(request.headers['content-type']).kind === 'multipart';
    if (stallMs > 0 && isUpload) watchUpload(request, stallMs, minBytes);
    next();
  };
}

function watchUpload(request: IncomingMessage, stallMs: number, minBytes: number): void {
  const { socket } = request;
  let seen = socket.bytesRead;
  const timer = setInterval(() => {
    if (request.complete) return clearInterval(timer);
    // What was sent and not yet taken is this server's delay.
    const isRead = !request.isPaused() || request.listenerCount('readable') > 0;
    const isWaitingForSender = request.readableLength === 0 && isRead;
    if (isWaitingForSender && socket.bytesRead - seen < minBytes) request.destroy();
    seen = socket.bytesRead;
  }, stallMs).unref();
  request.once('close', () => clearInterval(timer));
}

/**
 * Closes connections whose client does not read what it has asked for, and those on which nothing is asked any more. A connection on
 * which this server itself is still at work stays open.
 */
export function cutStalledDownloads(server: Server, stallMs: number): void {
  if (stallMs === 0) return;
  const responses = new WeakMap<Socket, ServerResponse>();
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => void responses.set(socket, response));
  // Node counts the time without progress: it starts anew whenever the system takes some of what waits.
  server.setTimeout(stallMs, (socket: Socket) => {
    const response = responses.get(socket);
    const isAtWork = response && !response.writableFinished && socket.writableLength === 0;
    if (!isAtWork) socket.destroy();
  });
}
