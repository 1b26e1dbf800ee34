import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/** The query of a link, as it comes back. */
export interface LinkQuery {
  expires?: unknown;
  signature?: unknown;
}

/** A link is good for a day at least. Its end is a full hour, so that for an hour the same thing has the same link. */
const MIN_LIFE_S = 86_400;
const ROUNDING_S = 3600;

/**
 * Signs links by which somebody without any credential may see one thing for a while. The signature covers neither scheme nor host:
 * some clients put their own in place of them.
 */
export class LinkSigner {
  private readonly key: Buffer;

  /** @param purpose so that a link for one purpose is no good for another */
  constructor(secret: string, purpose: string) {
    this.key = Buffer.from(hkdfSync('sha256', secret, '', `parley/${purpose}`, 32));
  }

  /** @returns the query that opens it, without the "?" */
  sign(thing: string, now = Date.now()): string {
    const expires = (Math.floor(now / 1000 / ROUNDING_S) + 1) * ROUNDING_S + MIN_LIFE_S;
    return `expires=${expires}&signature=${this.signature(thing, String(expires))}`;
  }

  /** @returns `foreign` for a link that is none of ours */
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
