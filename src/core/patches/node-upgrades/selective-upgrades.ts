import type { IncomingMessage } from 'node:http';

const UPGRADE = Symbol('upgrade requested');

/**
 * Limits upgrades to WebSockets at some paths. Other upgrade requests are served as plain requests: some clients offer HTTP/2 with
 * every request. Node reads `upgrade` of each request once there is an upgrade listener.
 *
 * @param prototype of the server's request class
 * @param socketPaths without query
 */
export function limitUpgrades(
  prototype: IncomingMessage & { [UPGRADE]?: boolean },
  socketPaths: readonly string[],
): void {
  Object.defineProperty(prototype, 'upgrade', {
    get(this: typeof prototype): boolean {
      if (!this[UPGRADE] || this.method === 'CONNECT') return this[UPGRADE] === true;
      const [path] = (this.url ?? '').split('?', 1);
      return socketPaths.includes(path) && this.headers.upgrade?.toLowerCase() === 'websocket';
    },
    set(this: typeof prototype, isRequested: boolean | null) {
      this[UPGRADE] = isRequested === true;
    },
  });
}
