import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/** The query of a signed link. */
export interface LinkQuery {
  expires?: unknown;
  signature?: unknown;
}

/** A link is valid for at least a day. It expires at a full hour, so that links to the same object stay equal for an hour. */
const MIN_LIFE_S = 86_400;
const ROUNDING_S = 3600;

/**
 * Signs links that give access to one object for a limited time without credentials. The signature covers neither scheme nor host,
 * since some clients replace them.
 */
export class LinkSigner {
  private readonly key: Buffer;

  /** @param purpose links for one purpose are invalid for another */
  constructor(secret: string, purpose: string) {
    this.key = Buffer.from(hkdfSync('sha256', secret, '', `parley/${purpose}`, 32));
  }

  /** @returns the signed query, without the "?" */
  sign(thing: string, now = Date.now()): string {
    const expires = (Math.floor(now / 1000 / ROUNDING_S) + 1) * ROUNDING_S + MIN_LIFE_S;
    return `expires=${expires}&signature=${this.signature(thing, String(expires))}`;
  }

  /** @returns `foreign` for a link that this server has not signed */
  check(thing: string, { expires, signature }: LinkQuery, now = Date.now()): 'good' | 'expired' | 'foreign' {
    if (typeof expires !== 'string' || typeof signature !== 'string') return 'foreign';
    const given = Buffer.from(signature);
    const right = Buffer.from(this.signature(thing, expires));
    if (given.length !== right.length || !timingSafeEqual(given, right)) return 'foreign';
    return Number(expires) * 1000 < now ? 'expired' : 'good';
  }

  private signature(thing: string, expires: string): string {
    return createHmac('sha256', this.key).update(`${thing}\n${expires}`).digest('base64url');
  }
}
