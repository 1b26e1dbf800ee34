import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { RequestHandler } from 'express';
import { parseContentType } from './content-type.js';

/** Conditions under which a transfer is stalled. */
export interface StallLimits {
  /** Milliseconds in which a transfer must make progress. 0: no limit. */
  readonly stallMs: number;
  /** Minimum average bytes per second of an upload in that time. */
  readonly minBytesPerSecond: number;
}

/** Closes the connection of an upload whose client sends too little. Other bodies have a deadline as a whole. */
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
    // Bytes that are received but not yet read are a delay of this server.
    const isRead = !request.isPaused() || request.listenerCount('readable') > 0;
    const isWaitingForSender = request.readableLength === 0 && isRead;
    if (isWaitingForSender && socket.bytesRead - seen < minBytes) request.destroy();
    seen = socket.bytesRead;
  }, stallMs).unref();
  request.once('close', () => clearInterval(timer));
}

/**
 * Closes connections whose client does not read the response, and idle connections. A connection whose request this server still
 * processes stays open.
 */
export function cutStalledDownloads(server: Server, stallMs: number): void {
  if (stallMs === 0) return;
  const responses = new WeakMap<Socket, ServerResponse>();
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => void responses.set(socket, response));
  // Node measures the time without progress: the timeout restarts whenever the system accepts some of the buffered bytes.
  server.setTimeout(stallMs, (socket: Socket) => {
    const response = responses.get(socket);
    const isAtWork = response && !response.writableFinished && socket.writableLength === 0;
    if (!isAtWork) socket.destroy();
  });
}
