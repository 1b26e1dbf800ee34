import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A received callback. */
export interface ReceivedCallback {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
  /** Milliseconds since 1970. */
  at: number;
}

/** Handles a callback. Default: responds 200 `{}`. */
export type Behaviour = (callback: ReceivedCallback, response: ServerResponse) => void;

export interface Sink {
  url: string;
  received: ReceivedCallback[];
  /** Sets the behaviour from the next callback on. */
  setBehaviour(behaviour: Behaviour): void;
  close(): Promise<void>;
}

export const respondOk: Behaviour = (_callback, response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
};

/** A callback server of a bot that records all callbacks. */
export async function startSink(initial: Behaviour = respondOk): Promise<Sink> {
  const received: ReceivedCallback[] = [];
  let behaviour = initial;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const callback = { path: request.url ?? '/', headers: request.headers, body, at: Date.now() };
      received.push(callback);
      behaviour(callback, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    setBehaviour: (next) => void (behaviour = next),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
