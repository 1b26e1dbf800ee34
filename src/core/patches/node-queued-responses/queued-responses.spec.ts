import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { waitFor } from '../../../../test/support/wait-for.js';
import { closeQueuedResponses } from './queued-responses.js';

describe('closeQueuedResponses', () => {
  let server: Server;
  let requests: { url: string; response: ServerResponse }[];
  let closed: string[];

  beforeEach(async () => {
    requests = [];
    closed = [];
    server = createServer((request, response) => {
      requests.push({ url: request.url!, response });
      response.on('close', () => closed.push(request.url!));
    });
    closeQueuedResponses(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => void server.close());

  const ask = async (...paths: string[]) => {
    const { port } = server.address() as AddressInfo;
    const socket = connect(port, '127.0.0.1');
    socket.write(paths.map((path) => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`).join(''));
    await waitFor(() => requests.length === paths.length, { what: 'the requests' });
    return socket;
  };

  it('closes every response of a closed connection once', async () => {
    const socket = await ask('/1', '/2', '/3');
    socket.destroy();
    await waitFor(() => closed.length === 3, { what: 'the responses to be closed' });
    expect(closed.sort()).toEqual(['/1', '/2', '/3']);
  });

  it('ends a stream that feeds a queued response', async () => {
    const socket = await ask('/1', '/2');
    const content = new PassThrough();
    const sending = pipeline(content, requests[1].response);
    socket.destroy();
    await expect(sending).rejects.toMatchObject({ code: 'ERR_STREAM_PREMATURE_CLOSE' });
    expect(content.destroyed).toBe(true);
  });

  it('closes a queued response that is sent only once', async () => {
    const socket = await ask('/1', '/2');
    for (const { response } of requests) response.end('x');
    await waitFor(() => closed.length === 2, { what: 'the responses to be sent' });
    socket.destroy();
    await once(socket, 'close');
    expect(closed).toEqual(['/1', '/2']);
  });
});
