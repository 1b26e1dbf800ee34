import { Injectable } from '@nestjs/common';
import { Settings } from '../../core/config/settings.js';
import { type LinkQuery, LinkSigner } from '../../core/crypto/link-signer.js';
import { fileNotFound, linkExpired } from './file.errors.js';

export type { LinkQuery };

/** What a link leads to. */
export type LinkTarget = 'file' | 'preview';

/** Links by which somebody without any credential may read one file for a while. */
@Injectable()
export class FileLinks {
  private readonly signer: LinkSigner;

  constructor({ ENCRYPTION_KEY }: Settings) {
    this.signer = new LinkSigner(ENCRYPTION_KEY, 'file-links');
  }

  /** @returns the query that opens it, without the "?" */
  sign(fileId: string, target: LinkTarget, now = Date.now()): string {
    return this.signer.sign(`${target}\n${fileId}`, now);
  }

  /**
   * @throws DomainError not_found `file.not_found` for a signature that is not ours; forbidden `file.link_expired` for one that
   *   was, so that nobody learns more from a made-up link than from none
   */
  check(fileId: string, target: LinkTarget, query: LinkQuery, now = Date.now()): void {
    const verdict = this.signer.check(`${target}\n${fileId}`, query, now);
    if (verdict === 'foreign') throw fileNotFound();
    if (verdict === 'expired') throw linkExpired();
  }
}
