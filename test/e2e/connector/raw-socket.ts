import { connect, type Socket } from 'node:net';
import { waitFor } from '../../support/wait-for.js';

export interface RawSocket {
  socket: Socket;
  /** Close code of the server; -1 without a close frame. */
  closed: Promise<number>;
  /** All received bytes. */
  received(): string;
}

/** A client frame with an all-zero mask. */
export function maskedFrame(text: string): Buffer {
  const content = Buffer.from(text);
  return Buffer.concat([Buffer.from([0x81, 0xfe, content.length >> 8, content.length & 0xff, 0, 0, 0, 0]), content]);
}

/** A raw WebSocket connection that sends no automatic replies. @param token for `auth` */
export async function rawSocket(url: string, token?: string): Promise<RawSocket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write(
    'GET /websocket/chat_bot HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  let received = Buffer.alloc(0);
  const closed = new Promise<number>((resolve) => {
    socket.on('data', (data) => {
      received = Buffer.concat([received, data]);
      const code = closeCode(received);
      if (code !== undefined) {
        resolve(code);
        socket.destroy();
      }
    });
    socket.on('close', () => resolve(-1));
  });
  socket.on('error', () => undefined);
  await waitFor(() => received.includes('101 Switching Protocols'), { what: 'the upgrade' });
  if (token !== undefined) {
    socket.write(maskedFrame(JSON.stringify({ type: 1, id: 1, method: 'auth', payload: { token } })));
  }
  return { socket, closed, received: () => received.toString('latin1') };
}

/** Parses the frames after the upgrade response. @returns the close code, if any */
function closeCode(received: Buffer): number | undefined {
  let at = received.indexOf('\r\n\r\n') + 4;
  while (at >= 4 && at + 2 <= received.length) {
    const opcode = received[at] & 0x0f;
    const short = received[at + 1] & 0x7f;
    const head = short === 126 ? 4 : 2;
    if (opcode === 8 && received.length >= at + 4) return received.readUInt16BE(at + 2);
    at += head + (short === 126 && received.length >= at + 4 ? received.readUInt16BE(at + 2) : short);
  }
  return undefined;
}
