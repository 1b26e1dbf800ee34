import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

const CHECK_EVERY_MS = 200;

interface Target {
  url: URL;
  agent: Agent;
  isReady: boolean;
}

/** A load balancer for several APIs. It polls their readiness, and retries no request. */
export class Balancer {
  /** Requests that found no ready API, or were aborted. */
  failures = 0;
  private readonly targets = new Map<string, Target>();
  private readonly server = createServer((incoming, response) => this.forward(incoming, response));
  private readonly sockets = new Set<Duplex>();
  private turn = 0;
  private isOver = false;

  static async start(): Promise<Balancer> {
    const balancer = new Balancer();
    balancer.server.on('upgrade', (incoming: IncomingMessage, socket: Socket, head: Buffer) =>
      balancer.tunnel(incoming, socket, head),
    );
    await new Promise<void>((resolve) => balancer.server.listen(0, '127.0.0.1', resolve));
    void balancer.watch();
    return balancer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Resolves when the API is ready. */
  async add(url: string): Promise<void> {
    const target = { url: new URL(url), agent: new Agent({ keepAlive: true }), isReady: false };
    this.targets.set(url, target);
    while (!target.isReady) await sleep(20);
  }

  remove(url: string): void {
    this.targets.get(url)?.agent.destroy();
    this.targets.delete(url);
  }

  close(): void {
    this.isOver = true;
    for (const { agent } of this.targets.values()) agent.destroy();
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    this.server.closeAllConnections();
  }

  private async watch(): Promise<void> {
    while (!this.isOver) {
      await Promise.all([...this.targets.values()].map((target) => this.check(target)));
      await sleep(CHECK_EVERY_MS);
    }
  }

  private async check(target: Target): Promise<void> {
    const response = await fetch(new URL('/health/ready', target.url)).catch(() => undefined);
    await response?.body?.cancel();
    target.isReady = response?.ok ?? false;
  }

  private choose(): Target | undefined {
    const ready = [...this.targets.values()].filter(({ isReady }) => isReady);
    return ready[this.turn++ % ready.length];
  }

  private forward(incoming: IncomingMessage, response: ServerResponse): void {
    const target = this.choose();
    const fail = (): void => {
      // Streams end with their process; that is not a failed request.
      if (response.headersSent) return void response.destroy();
      this.failures++;
      response.writeHead(502).end();
    };
    if (!target) return fail();
    const { hostname, port } = target.url;
    const { method, url: path, headers } = incoming;
    const outgoing = request({ hostname, port, method, path, headers, agent: target.agent }, (incomingResponse) => {
      response.writeHead(incomingResponse.statusCode!, incomingResponse.headers);
      incomingResponse.pipe(response);
      incomingResponse.on('error', fail);
    });
    outgoing.on('error', fail);
    response.on('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  }

  private tunnel({ url: path, headers }: IncomingMessage, socket: Duplex, head: Buffer): void {
    const target = this.choose();
    if (!target) return void socket.destroy();
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}\r\n`);
    const upstream = connect(Number(target.url.port), target.url.hostname, () => {
      upstream.write(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
      upstream.write(head);
      upstream.pipe(socket).pipe(upstream);
    });
    for (const [one, other] of [
      [socket, upstream],
      [upstream, socket],
    ]) {
      this.sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => (this.sockets.delete(one), other.destroy()));
    }
  }
}
