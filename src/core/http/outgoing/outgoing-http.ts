import { isIP } from 'node:net';
import { Agent, buildConnector, type Dispatcher } from 'undici';
import { BlockedAddressError, type DnsLookup, guardedLookup, guardLookup, isPublicAddress } from './address-guard.js';

const MAX_RESPONSE_BYTES = 65_536;
const MAX_HEADER_BYTES = 16_384;
const CONNECT_TIMEOUT_MS = 3000;
/** Idle connections are closed soon, so that DNS changes take effect. */
const KEEP_ALIVE_MS = 10_000;

export interface OutgoingHttpOptions {
  /** Whether loopback and private addresses may be reached. For development only. */
  allowPrivate: boolean;
  /** Maximum bytes of a response. Default: 64 KiB. */
  maxResponseBytes?: number;
  /** Replaces the DNS lookup of the system; its results are checked as well. */
  lookup?: DnsLookup;
}

/**
 * HTTP agent for URLs that users or bots configure. It follows no redirects, limits the size of responses, and without
 * `allowPrivate` connects to public addresses only, checked at three places: IP literals before connecting (they need no lookup),
 * the addresses to which a name resolves, and the remote address of the socket.
 */
export function outgoingHttp({
  allowPrivate,
  maxResponseBytes = MAX_RESPONSE_BYTES,
  lookup,
}: OutgoingHttpOptions): Agent {
  return new Agent({
    connect: allowPrivate ? { timeout: CONNECT_TIMEOUT_MS } : guardedConnector(lookup),
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    maxResponseSize: maxResponseBytes,
    maxHeaderSize: MAX_HEADER_BYTES,
    pipelining: 1,
  });
}

function guardedConnector(lookup?: DnsLookup): buildConnector.connector {
  const connect = buildConnector({ timeout: CONNECT_TIMEOUT_MS, lookup: lookup ? guardLookup(lookup) : guardedLookup });
  return (options, callback) => {
    const host = options.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) !== 0 && !isPublicAddress(host)) return callback(new BlockedAddressError(), null);
    connect(options, (...result) => {
      const [error, socket] = result;
      if (error) return callback(error, null);
      if (!isPublicAddress(socket.remoteAddress ?? '')) {
        socket.destroy();
        return callback(new BlockedAddressError(), null);
      }
      callback(null, socket);
    });
  };
}

export type { Dispatcher };
