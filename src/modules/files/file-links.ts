import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Settings } from '../../core/config/settings.js';
import { fileNotFound, linkExpired } from './file.errors.js';

/** What a link leads to. */
export type LinkTarget = 'file' | 'preview';

/** The query of a link, as it comes back. */
export interface LinkQuery {
  expires?: unknown;
  signature?: unknown;
}

/** A link is good for a day at least. Its end is a full hour, so that for an hour the same file has the same link. */
const MIN_LIFE_S = 86_400;
const ROUNDING_S = 3600;

/**
 * Links by which somebody without any credential may read one file for a while. The signature covers neither scheme nor host:
 * some clients put their own in place of them.
 */
@Injectable()
export class FileLinks {
  private readonly key: Buffer;

  constructor(settings: Settings) {
    this.key = Buffer.from(hkdfSync('sha256', settings.ENCRYPTION_KEY, '', 'parley/file-links', 32));
  }

  /** @returns the query that opens it, without the "?" */
  sign(fileId: string, target: LinkTarget, now = Date.now()): string {
    const expires = (Math.floor(now / 1000 / ROUNDING_S) + 1) * ROUNDING_S + MIN_LIFE_S;
    return `expires=${expires}&signature=${this.signature(fileId, target, String(expires))}`;
  }

  /**
   * @throws DomainError not_found `file.not_found` for a signature that is not ours; forbidden `file.link_expired` for one that
   *   was, so that nobody learns more from a made-up link than from none
   */
  check(fileId: string, target: LinkTarget, { expires, signature }: LinkQuery, now = Date.now()): void {
    if (typeof expires !== 'string' || typeof signature !== 'string') throw fileNotFound();
    const given = Buffer.from(signature);
    const right = Buffer.from(this.signature(fileId, target, expires));
    if (given.length !== right.length || !timingSafeEqual(given, right)) throw fileNotFound();
    if (Number(expires) * 1000 < now) throw linkExpired();
  }

  private signature(fileId: string, target: LinkTarget, expires: string): string {
    return createHmac('sha256', this.key).update(`${target}\n${fileId}\n${expires}`).digest('base64url');
  }
}
