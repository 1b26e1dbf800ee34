import { Injectable } from '@nestjs/common';
import { Settings } from '../../core/config/settings.js';
import { type LinkQuery, LinkSigner } from '../../core/crypto/link-signer.js';
import { fileNotFound, linkExpired } from './file.errors.js';

export type { LinkQuery };

/** The target of a signed link. */
export type LinkTarget = 'file' | 'preview';

/** Signed links that give temporary read access to one file without a credential. */
@Injectable()
export class FileLinks {
  private readonly signer: LinkSigner;

  constructor({ ENCRYPTION_KEY }: Settings) {
    this.signer = new LinkSigner(ENCRYPTION_KEY, 'file-links');
  }

  /** @returns the query string of the link, without the "?" */
  sign(fileId: string, target: LinkTarget, now = Date.now()): string {
    return this.signer.sign(`${target}\n${fileId}`, now);
  }

  /**
   * @throws DomainError not_found `file.not_found` for an invalid signature, so that a forged link reveals nothing; forbidden
   *   `file.link_expired` for an expired one
   */
  check(fileId: string, target: LinkTarget, query: LinkQuery, now = Date.now()): void {
    const result = this.signer.check(`${target}\n${fileId}`, query, now);
    if (result === 'foreign') throw fileNotFound();
    if (result === 'expired') throw linkExpired();
  }
}
