import { type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { SERVED_METHODS } from './request-guard.js';
import { SERVER_OPTIONS } from './server-options.js';

interface Rejection {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

const MALFORMED: Rejection = { status: 400, code: 'malformed_request', message: 'The request is not valid HTTP/1.1.' };
const CONNECT_REJECTED: Rejection = {
  status: 405,
  code: 'method_not_allowed',
  message: 'The method CONNECT is not supported.',
};

const REJECTIONS: Readonly<Record<string, Rejection>> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    code: 'headers_too_large',
    message: `The headers must be at most ${SERVER_OPTIONS.maxHeaderSize} bytes.`,
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    status: 413,
    code: 'payload_too_large',
    message: 'The chunk extensions are too long.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, code: 'request_timeout', message: 'The request was not received in time.' },
};

/**
 * Responds to requests that the HTTP parser rejects, and to CONNECT, which no route can serve: with the status that
 * Node itself would send, and a JSON error, which follows no protocol since the protocol is not known. The connection
 * is closed.
 */
export function handleClientErrors(server: Server): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (!socket.writable || isResponding(socket)) socket.destroy();
    else closeWith(socket, render(REJECTIONS[error.code ?? ''] ?? MALFORMED));
  });
  server.on('connect', (_request, socket: Duplex) => {
    socket.on('error', () => socket.destroy());
    closeWith(socket, render(CONNECT_REJECTED, `allow: ${SERVED_METHODS.join(', ')}\r\n`));
  });
}

/** Whether a response has been started, so that no second one may be written. Node's own handler checks the same. */
const isResponding = (socket: Duplex & { _httpMessage?: ServerResponse | null }) =>
  socket._httpMessage?.headersSent === true;

const closeWith = (socket: Duplex, answer: string) => socket.end(answer, () => socket.destroy());

function render({ status, code, message }: Rejection, extraHeaders = ''): string {
  const body = JSON.stringify({ error: true, code, message });
  return (
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-type: application/json\r\n` +
    `x-content-type-options: nosniff\r\ncache-control: no-store\r\n` +
    `content-length: ${Buffer.byteLength(body)}\r\n${extraHeaders}\r\n${body}`
  );
}
