import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { addressKey } from '../../rate-limit/client-address.js';

/** Browsers open a few connections before they need them. One more closes the oldest. */
const MAX_UNUSED = 4000;
/** From one address, unless the server is behind a proxy. */
const MAX_UNUSED_PER_ADDRESS = 500;

/** Limits the connections without a request, which Node considers busy, and closes them at the shutdown. */
export class UnusedConnections {
  private readonly addresses = new Map<Socket, string>();
  private readonly countOf = new Map<string, number>();

  constructor(private readonly isBehindProxy: boolean) {}

  get count(): number {
    return this.addresses.size;
  }

  /** @param opened event of a new connection: `secureConnection` with TLS */
  track(server: Server, opened: 'connection' | 'secureConnection'): void {
    server.on(opened, (socket: Socket) => {
      this.add(socket);
      socket.once('close', () => this.remove(socket));
    });
    const use = ({ socket }: IncomingMessage) => this.remove(socket);
    server.on('request', use);
    // With this listener alone, Node would hand over upgrades that no handler serves.
    server.on('newListener', function follow(this: Server, event, listener) {
      if (event !== 'upgrade' || listener === use) return;
      server.off('newListener', follow);
      server.on('upgrade', use);
    });
  }

  closeAll(): void {
    for (const socket of this.addresses.keys()) socket.destroy();
  }

  private add(socket: Socket): void {
    const address = this.isBehindProxy ? '' : addressKey(socket.remoteAddress);
    const count = (this.countOf.get(address) ?? 0) + 1;
    this.addresses.set(socket, address);
    this.countOf.set(address, count);
    if (!this.isBehindProxy && count > MAX_UNUSED_PER_ADDRESS) this.closeOldest(address);
    else if (this.addresses.size > MAX_UNUSED) this.closeOldest();
  }

  private remove(socket: Socket): void {
    const address = this.addresses.get(socket);
    if (address === undefined) return;
    this.addresses.delete(socket);
    const count = this.countOf.get(address)! - 1;
    if (count > 0) this.countOf.set(address, count);
    else this.countOf.delete(address);
  }

  private closeOldest(address?: string): void {
    for (const [socket, of] of this.addresses) {
      if (address !== undefined && of !== address) continue;
      this.remove(socket);
      socket.destroy();
      return;
    }
  }
}
