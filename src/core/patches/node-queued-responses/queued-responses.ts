import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Closes the responses that wait for an earlier one of their connection (HTTP pipelining) once the connection is closed. Node closes the
 * first response only: the others would never emit `close`, and their resources (open files, streams, slots) would leak.
 */
export function closeQueuedResponses(server: Server): void {
  const queued = new WeakMap<Socket, Set<ServerResponse>>();
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    // Node assigns the socket to a response at once, unless an earlier response has it.
    if (response.socket) return;
    const responses = queued.get(socket) ?? watch(socket);
    queued.set(socket, responses);
    responses.add(response);
    response.once('close', () => responses.delete(response));
  });
}

function watch(socket: Socket): Set<ServerResponse> {
  const responses = new Set<ServerResponse>();
  socket.once('close', () => {
    for (const response of responses) {
      if (response.closed || response.socket) continue; // Node closes the response that has the socket
      response.destroy();
      response.emit('close');
    }
  });
  return responses;
}
