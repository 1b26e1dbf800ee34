import { Injectable } from '@nestjs/common';
import { Settings } from '../../core/config/settings.js';
import { notAPicture, pictureTooLarge } from './file.errors.js';
import { FilesRepository } from './files.repository.js';

/** The limits of the Platform API for pictures of users and channels. */
const MAX_BYTES = 5 * 1024 * 1024;
const TYPES: readonly string[] = ['image/jpeg', 'image/png'];

/** What must be known of an uploaded file. */
export interface UploadedPicture {
  readonly id: string;
  readonly path: string;
  readonly mimeType: string;
  readonly sizeBytes: number;
}

/** Uploaded files that are not said in a chat, but shown as somebody's picture. */
@Injectable()
export class PicturesService {
  constructor(
    private readonly files: FilesRepository,
    private readonly settings: Settings,
  ) {}

  /**
   * Keeps an uploaded file as a picture, instead of the one before it if that was uploaded too.
   *
   * @returns its address
   * @throws DomainError invalid `file.not_a_picture`, `file.picture_too_large`
   */
  async keep({ id, path, mimeType, sizeBytes }: UploadedPicture, before = ''): Promise<string> {
    if (!TYPES.includes(mimeType)) throw notAPicture();
    if (sizeBytes > MAX_BYTES) throw pictureTooLarge(MAX_BYTES);
    const base = `${this.settings.publicUrl}/`;
    await this.files.keep(id);
    if (before.startsWith(base)) await this.files.release(before.slice(base.length));
    return base + path;
  }
}
