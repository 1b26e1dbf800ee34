import { buffer } from 'node:stream/consumers';
import { Injectable } from '@nestjs/common';
import type { FileEntity } from './file.entity.js';
import { FileStorage, MissingObjectError } from './storage/file-storage.js';

/** What every reader of pictures can read. */
const COMMON_TYPES = new Set(['image/png', 'image/jpeg', 'image/webp', 'image/gif']);

/** A picture in memory. */
export interface Picture {
  mimeType: string;
  bytes: Buffer;
}

/** Reads whole pictures, for what has to look at them. */
@Injectable()
export class PictureReader {
  constructor(private readonly storage: FileStorage) {}

  /** @returns the picture, or its preview when it is too large; undefined when there is neither */
  async read(file: FileEntity, maxBytes: number): Promise<Picture | undefined> {
    const { path, mimeType, sizeBytes, previewPath, previewMimeType, previewSizeBytes } = file;
    if (file.kind !== 'image') return undefined;
    if (COMMON_TYPES.has(mimeType) && sizeBytes <= maxBytes) return this.load(path, mimeType);
    const hasPreview = previewPath !== null && previewMimeType !== null && previewSizeBytes !== null;
    return hasPreview && previewSizeBytes <= maxBytes ? this.load(previewPath, previewMimeType) : undefined;
  }

  private async load(path: string, mimeType: string): Promise<Picture | undefined> {
    try {
      return { mimeType, bytes: await buffer(await this.storage.open(path)) };
    } catch (error) {
      if (error instanceof MissingObjectError) return undefined; // just removed
      throw error;
    }
  }
}
