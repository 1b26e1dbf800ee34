import { type LookupAddress, type LookupAllOptions, lookup as dnsLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Outgoing requests to this address are not allowed. */
export class BlockedAddressError extends Error {
  readonly code = 'E_BLOCKED_ADDRESS';

  constructor() {
    super('The address is not public.');
    this.name = 'BlockedAddressError';
  }
}

/** Ranges that ipaddr.js classifies as unicast but that may lead to private networks: tunnels, translation, local use. */
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

/** Whether an address is a public IP address. */
export function isPublicAddress(address: string): boolean {
  const bare = address.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  if (isIP(bare) === 0) return false;
  const parsed = ipaddr.process(bare);
  if (parsed.range() !== 'unicast') return false;
  return !BLOCKED_RANGES.some(([range, bits]) => range.kind() === parsed.kind() && parsed.match(range, bits));
}

/**
 * A DNS lookup that returns addresses only if all of them are public. The connection uses the checked addresses, which prevents DNS
 * rebinding.
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
