import { isIP } from 'node:net';
import { Agent, buildConnector, type Dispatcher } from 'undici';
import { BlockedAddressError, type DnsLookup, guardedLookup, guardLookup, isPublicAddress } from './address-guard.js';

const MAX_RESPONSE_BYTES = 65_536;
const MAX_HEADER_BYTES = 16_384;
const CONNECT_TIMEOUT_MS = 3000;
/** Idle connections end soon, so that a changed name is looked up again. */
const KEEP_ALIVE_MS = 10_000;

export interface OutgoingHttpOptions {
  /** Whether loopback and private addresses may be reached. For development only. */
  allowPrivate: boolean;
  /** Bytes that are read of an answer. 64 KiB unless told. */
  maxResponseBytes?: number;
  /** Instead of the system's; it is guarded all the same. */
  lookup?: DnsLookup;
}

/**
 * The connections for every address that somebody else has chosen. Follows no redirect, reads no more of an answer than is
 * allowed, and unless told otherwise connects to public addresses only, checked three times: a literal before connecting (no
 * look-up is made for those), a name by what it resolves to, and the address that the socket really has.
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
