import { type LookupAddress, type LookupAllOptions, lookup as dnsLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

/** A callback may not go to this address. */
export class BlockedAddressError extends Error {
  readonly code = 'E_BLOCKED_ADDRESS';

  constructor() {
    super('The address is not a public one.');
    this.name = 'BlockedAddressError';
  }
}

/** Ranges that ipaddr.js calls unicast, but that lead inside: by tunnel, by translation, or by local custom. */
const BLOCKED_RANGES = [
  '192.88.99.0/24',
  '::/8',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '2001::/32',
  '2002::/16',
  '100::/64',
  '5f00::/16',
].map((range) => ipaddr.parseCIDR(range));

/** Whether an address belongs to the public internet. Anything that is not an IP address does not. */
export function isPublicAddress(address: string): boolean {
  const bare = address.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  if (isIP(bare) === 0) return false;
  const parsed = ipaddr.process(bare);
  if (parsed.range() !== 'unicast') return false;
  return !BLOCKED_RANGES.some(([range, bits]) => range.kind() === parsed.kind() && parsed.match(range, bits));
}

/**
 * A DNS look-up that hands out addresses only when every one of them is public, and hands out the very addresses that were
 * checked: a name that answers differently the next moment (DNS rebinding) gains nothing.
 *
 * @param lookup what is asked
 */
export const guardLookup =
  (lookup: DnsLookup): LookupFunction =>
  (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 0);
      if (addresses.some(({ address }) => !isPublicAddress(address))) return callback(new BlockedAddressError(), '', 0);
      if (options.all) return callback(null, addresses);
      callback(null, addresses[0].address, addresses[0].family);
    });
  };

export type DnsLookup = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export const guardedLookup = guardLookup(dnsLookup);
