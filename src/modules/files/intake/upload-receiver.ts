import { rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { ServiceConfig } from '../../../core/config/service-config.js';
import { checkContent } from '../content/check-content.js';
import { cleanFileName } from '../content/file-name.js';
import {
  assertTypeMatches,
  extensionOf,
  parseDeclaredType,
  resolveType,
  detectType,
  type DetectedType,
  looksLikeText,
} from '../content/file-type.js';
import { kindOf, sizeLimitOf } from '../content/kinds.js';
import { fileEmpty, fileTooLarge, typeNotAllowed } from '../file.errors.js';
import type { CheckedUpload, FileKind } from '../file.types.js';
import { type HeadInspection, UploadStaging } from '../staging/upload-staging.js';

/** An incoming file of any protocol. */
export interface IncomingFile {
  /** File name given by the client. */
  name: string | undefined;
  /** Content type given by the client. */
  type: string | undefined;
  content: Readable;
  /** Maximum size; by default that of its kind. */
  limitBytes?: number;
  onProgress?: (bytes: number) => void;
}

/** Result of inspecting the name and the first bytes. */
interface UploadInspection extends HeadInspection {
  found: DetectedType | undefined;
  mimeType: string;
  kind: FileKind;
}

/**
 * Receives one file into the staging folder and runs all checks that precede storing:
 *
 *   name ─► first bytes: type detected, compared with the declared one, size limit of its kind ─► disk ─► content check
 */
@Injectable()
export class UploadReceiver {
  constructor(
    private readonly staging: UploadStaging,
    private readonly config: ServiceConfig,
  ) {}

  /**
   * @returns the file in the staging folder; the caller must store or delete it
   * @throws DomainError invalid `file.empty`, `file.too_large`, `file.type_mismatch`, `file.type_not_allowed`,
   *   `file.image_invalid`, `file.image_too_large`; unavailable `file.no_space`
   */
  async receive({
    name: givenName,
    type,
    content,
    limitBytes: givenLimit,
    onProgress,
  }: IncomingFile): Promise<CheckedUpload> {
    const name = cleanFileName(givenName);
    this.checkExtension(name);
    const inspectHead = (head: Buffer) => this.inspect(name, parseDeclaredType(type), head, givenLimit);
    const { tempPath, sizeBytes, inspection } = await this.staging.write(content, { inspectHead, onProgress });
    try {
      if (!inspection) throw fileEmpty();
      const { mimeType, kind, limitBytes, found } = inspection;
      if (sizeBytes > limitBytes) throw fileTooLarge(kind, limitBytes, sizeBytes);
      const facts = await checkContent(tempPath, mimeType);
      const extension = found?.extension.replaceAll('.', '') ?? (mimeType === 'text/plain' ? 'txt' : 'bin');
      const { width, height } = facts ?? { width: null, height: null };
      return { tempPath, name, sizeBytes, mimeType, kind, extension, width, height };
    } catch (error) {
      await rm(tempPath, { force: true });
      throw error;
    }
  }

  /** @throws DomainError invalid `file.type_not_allowed` */
  checkExtension(name: string): void {
    const { extensions } = this.config.limits.file;
    if (!extensions) return;
    const extension = extensionOf(name);
    if (extensions.list.includes(extension) !== (extensions.mode === 'allow')) throw typeNotAllowed(extension);
  }

  private async inspect(name: string, stated: string, head: Buffer, limitBytes?: number): Promise<UploadInspection> {
    const found = await detectType(head);
    assertTypeMatches(stated, name, found);
    const mimeType = resolveType(stated, found, looksLikeText(head));
    const kind = kindOf(mimeType);
    return { found, mimeType, kind, limitBytes: limitBytes ?? sizeLimitOf(kind, this.config.limits.file) };
  }
}
