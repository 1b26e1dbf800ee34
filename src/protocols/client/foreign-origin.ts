import type { IncomingMessage } from 'node:http';

const SAFE_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];
/** Where web clients are developed: on the user's own machine, on another port than the server. */
const LOOPBACK: readonly (string | undefined)[] = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Whether a page of another site is behind a request that changes something. Browsers tell so themselves; those that do not,
 * since they take the connection for insecure, at least name the page's origin. Programs send neither.
 *
 * @param ownHostname the host of `PUBLIC_URL`, for servers behind a proxy that changes the Host header
 */
export function isFromForeignSite({ method, headers }: IncomingMessage, ownHostname: string): boolean {
  if (SAFE_METHODS.includes(method!)) return false;
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'cross-site';
  if (headers.origin === undefined) return false;
  const hostname = hostnameOf(headers.origin);
  return hostname !== ownHostname && hostname !== hostnameOf(`http://${headers.host}`) && !LOOPBACK.includes(hostname);
}

/** @returns undefined for `null`, which is the origin of sandboxed pages and of files, and for other nonsense */
export function hostnameOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).hostname : undefined;
}
