import { lookup as dnsLookup } from 'node:dns/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { isIP } from 'node:net';
import { isPublicAddress } from './address-guard.js';

export type UrlFault = 'url_invalid' | 'port_not_allowed' | 'url_not_allowed';

export interface UrlVerdict {
  fault: UrlFault;
  /** In words, for who has given it. */
  reason: string;
}

export interface OutgoingUrlRules {
  /** Whether loopback and private addresses may be reached. For development only. */
  allowPrivate: boolean;
  /** The address of this server itself: what it sends there would come back to it. */
  ownUrl: string;
}

/** Looks a name up. @returns its addresses */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

const MAX_LENGTH = 2048;
const MAX_LABEL = 63;
const LOOKUP_MS = 2000;

const LOW_PORTS = new Set([80, 443]);
const FIRST_FREE_PORT = 1024;
/** Where other protocols listen that would take a request for a command, or are nobody's business. */
const REFUSED_PORTS = new Set([
  1433, 1521, 2049, 2181, 2375, 2376, 2379, 3306, 3389, 4369, 5432, 5672, 5900, 5984, 6000, 6379, 6380, 6667, 8086,
  9042, 9092, 9200, 9300, 11211, 15672, 26379, 27017,
]);
/** Names that mean a private network wherever they are asked. */
const INSIDE = /(^|\.)(localhost|local|internal|intranet|lan|home|corp|private|home\.arpa|localdomain)$/;

const resolveByDns: Resolve = async (hostname) =>
  (await dnsLookup(hostname, { all: true })).map(({ address }) => address);

/**
 * Checks an address that somebody wants this server to call, before it is stored. Whoever gives it is told at once; what holds is
 * the check at each connection, since a name may lead elsewhere by then.
 *
 * @returns what is wrong with it; undefined when nothing is. A name that cannot be looked up now may be there later.
 */
export async function checkOutgoingUrl(
  text: string,
  rules: OutgoingUrlRules,
  resolve: Resolve = resolveByDns,
): Promise<UrlVerdict | undefined> {
  const malformed = faultOfForm(text);
  if (malformed) return { fault: 'url_invalid', reason: malformed };
  const url = new URL(text);
  const port = portOf(url);
  if ((port < FIRST_FREE_PORT && !LOW_PORTS.has(port)) || REFUSED_PORTS.has(port)) {
    return { fault: 'port_not_allowed', reason: `port ${port} is not one for callbacks` };
  }
  if (rules.allowPrivate) return undefined;
  const reason = await faultOfHost(url, rules.ownUrl, resolve);
  return reason === undefined ? undefined : { fault: 'url_not_allowed', reason };
}

function faultOfForm(text: string): string | undefined {
  if (text.length > MAX_LENGTH) return `it is longer than ${MAX_LENGTH} characters`;
  if (/[\s\p{Cc}]/u.test(text)) return 'it contains white space or control characters';
  if (!/^https?:\/\/[^/\\]/i.test(text) || !URL.canParse(text)) return 'it is no whole http or https address';
  const { username, password, hash, hostname } = new URL(text);
  if (username || password) return 'it contains a user name or a password';
  if (hash || text.includes('#')) return 'it has a fragment';
  if (hostname.split('.').some((label) => label.length > MAX_LABEL)) return 'a part of its name is too long';
  return undefined;
}

async function faultOfHost(url: URL, ownUrl: string, resolve: Resolve): Promise<string | undefined> {
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (isIP(host) !== 0) return isPublicAddress(host) ? undefined : 'it does not lead to the public internet';
  if (!host.includes('.') || INSIDE.test(host)) return 'its name belongs to a private network';
  const own = new URL(ownUrl);
  if (own.hostname === host && portOf(own) === portOf(url)) return 'it is the address of this server';
  const addresses = await Promise.race([
    resolve(host).catch(() => []),
    sleep(LOOKUP_MS, [] as readonly string[], { ref: false }),
  ]);
  return addresses.every(isPublicAddress) ? undefined : 'its name does not lead to the public internet';
}

const portOf = ({ port, protocol }: URL): number => (port ? Number(port) : protocol === 'https:' ? 443 : 80);
