import { buffer } from 'node:stream/consumers';
import { Injectable } from '@nestjs/common';
import type { FileEntity } from './file.entity.js';
import { FileStorage, MissingObjectError } from './storage/file-storage.js';

/** Types that all consumers can decode. */
const COMMON_TYPES = new Set(['image/png', 'image/jpeg', 'image/webp', 'image/gif']);

/** An image in memory. */
export interface LoadedImage {
  mimeType: string;
  bytes: Buffer;
}

/** Loads complete images, for model input. */
@Injectable()
export class ImageReader {
  constructor(private readonly storage: FileStorage) {}

  /** @returns the image, or its preview if the image is too large; undefined if neither fits */
  async read(file: FileEntity, maxBytes: number): Promise<LoadedImage | undefined> {
    const { path, mimeType, sizeBytes, previewPath, previewMimeType, previewSizeBytes } = file;
    if (file.kind !== 'image') return undefined;
    if (COMMON_TYPES.has(mimeType) && sizeBytes <= maxBytes) return this.load(path, mimeType);
    const hasPreview = previewPath !== null && previewMimeType !== null && previewSizeBytes !== null;
    return hasPreview && previewSizeBytes <= maxBytes ? this.load(previewPath, previewMimeType) : undefined;
  }

  private async load(path: string, mimeType: string): Promise<LoadedImage | undefined> {
    try {
      return { mimeType, bytes: await buffer(await this.storage.open(path)) };
    } catch (error) {
      if (error instanceof MissingObjectError) return undefined; // deleted meanwhile
      throw error;
    }
  }
}
