import { lookup as dnsLookup } from 'node:dns/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { isIP } from 'node:net';
import { isPublicAddress } from './address-guard.js';

export type UrlFault = 'url_invalid' | 'port_not_allowed' | 'url_not_allowed';

export interface UrlRejection {
  fault: UrlFault;
  /** The second half of an error message. */
  reason: string;
}

export interface OutgoingUrlRules {
  /** Whether loopback and private addresses may be reached. For development only. */
  allowPrivate: boolean;
  /** The public URL of this server, to which no callbacks may go. */
  ownUrl: string;
}

/** Resolves a host name. @returns its addresses */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

const MAX_LENGTH = 2048;
const MAX_LABEL = 63;
const LOOKUP_MS = 2000;

const LOW_PORTS = new Set([80, 443]);
const FIRST_FREE_PORT = 1024;
/** Ports of other protocols, which might interpret a request as a command, or which are internal. */
const REFUSED_PORTS = new Set([
  1433, 1521, 2049, 2181, 2375, 2376, 2379, 3306, 3389, 4369, 5432, 5672, 5900, 5984, 6000, 6379, 6380, 6667, 8086,
  9042, 9092, 9200, 9300, 11211, 15672, 26379, 27017,
]);
/** Names that always belong to a private network. */
const INSIDE = /(^|\.)(localhost|local|internal|intranet|lan|home|corp|private|home\.arpa|localdomain)$/;

const resolveByDns: Resolve = async (hostname) =>
  (await dnsLookup(hostname, { all: true })).map(({ address }) => address);

/**
 * Checks the URL of a callback before it is stored, to report errors early. The check at each connection is the one that protects the
 * server, since a name may resolve differently by then.
 *
 * @returns the fault, or undefined. A name that does not resolve now is accepted, since it may resolve later.
 */
export async function checkOutgoingUrl(
  text: string,
  rules: OutgoingUrlRules,
  resolve: Resolve = resolveByDns,
): Promise<UrlRejection | undefined> {
  const malformed = faultOfForm(text);
  if (malformed) return { fault: 'url_invalid', reason: malformed };
  const url = new URL(text);
  const port = portOf(url);
  if ((port < FIRST_FREE_PORT && !LOW_PORTS.has(port)) || REFUSED_PORTS.has(port)) {
    return { fault: 'port_not_allowed', reason: `port ${port} is not allowed` };
  }
  if (rules.allowPrivate) return undefined;
  const reason = await faultOfHost(url, rules.ownUrl, resolve);
  return reason === undefined ? undefined : { fault: 'url_not_allowed', reason };
}

function faultOfForm(text: string): string | undefined {
  if (text.length > MAX_LENGTH) return `it is longer than ${MAX_LENGTH} characters`;
  if (/[\s\p{Cc}]/u.test(text)) return 'it contains whitespace or control characters';
  if (!/^https?:\/\/[^/\\]/i.test(text) || !URL.canParse(text)) return 'it is not an absolute http or https URL';
  const { username, password, hash, hostname } = new URL(text);
  if (username || password) return 'it contains a user name or a password';
  if (hash || text.includes('#')) return 'it contains a fragment';
  if (hostname.split('.').some((label) => label.length > MAX_LABEL)) return 'a label of its host name is too long';
  return undefined;
}

async function faultOfHost(url: URL, ownUrl: string, resolve: Resolve): Promise<string | undefined> {
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (isIP(host) !== 0) return isPublicAddress(host) ? undefined : 'its address is not public';
  if (!host.includes('.') || INSIDE.test(host)) return 'its host name belongs to a private network';
  const own = new URL(ownUrl);
  if (own.hostname === host && portOf(own) === portOf(url)) return 'it is the address of this server';
  const addresses = await Promise.race([
    resolve(host).catch(() => []),
    sleep(LOOKUP_MS, [] as readonly string[], { ref: false }),
  ]);
  return addresses.every(isPublicAddress) ? undefined : 'its host name resolves to an address that is not public';
}

const portOf = ({ port, protocol }: URL): number => (port ? Number(port) : protocol === 'https:' ? 443 : 80);
