import { createHmac } from 'node:crypto';
import ipaddr from 'ipaddr.js';

const IPV6_SITE_BITS = 64;

/**
 * The key of an address for limits: an IPv4 address itself, an IPv6 address by its /64, the usual prefix of one customer.
 *
 * @param address `request.ip` of Express, which applies TRUST_PROXY; a missing or invalid address has the key `unknown`
 */
export function addressKey(address: string | undefined): string {
  const bare = (address ?? '').split('%', 1)[0];
  if (!ipaddr.isValid(bare)) return 'unknown';
  const parsed = ipaddr.process(bare);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toString()}/${IPV6_SITE_BITS}`).toString()}/${IPV6_SITE_BITS}`;
}

/** A pseudonym of an address that can be stored: equal for equal address keys, without revealing the address. */
export const addressPseudonym = (address: string | undefined, secret: string): string =>
  createHmac('sha256', secret)
    .update(`address ${addressKey(address)}`)
    .digest('base64url')
    .slice(0, 22);
