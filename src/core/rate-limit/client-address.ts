import { createHmac } from 'node:crypto';
import ipaddr from 'ipaddr.js';

const IPV6_SITE_BITS = 64;

/**
 * The key under which limits count an address: an IPv4 address as it is, an IPv6 address by its /64, which is what one customer has.
 *
 * @param address as Express gives it in `request.ip`, which honours TRUST_PROXY; an empty one is a key like any other
 */
export function addressKey(address: string | undefined): string {
  const bare = (address ?? '').split('%', 1)[0];
  if (!ipaddr.isValid(bare)) return 'unknown';
  const parsed = ipaddr.process(bare);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toString()}/${IPV6_SITE_BITS}`).toString()}/${IPV6_SITE_BITS}`;
}

/** A name for an address that can be stored: it is the same for the same key of an address, and does not reveal it. */
export const addressPseudonym = (address: string | undefined, secret: string): string =>
  createHmac('sha256', secret)
    .update(`address ${addressKey(address)}`)
    .digest('base64url')
    .slice(0, 22);
