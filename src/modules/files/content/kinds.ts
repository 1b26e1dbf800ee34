import type { FileLimits } from '../../../core/config/service-config.js';
import type { FileKind } from '../file.types.js';

/** Pictures that browsers show, and that are no programs: served as what they are, and looked through before they are stored. */
const SAFE_PICTURES: ReadonlyMap<string, string> = new Map([
  ['image/png', 'image/png'],
  ['image/apng', 'image/apng'],
  ['image/jpeg', 'image/jpeg'],
  ['image/gif', 'image/gif'],
  ['image/webp', 'image/webp'],
  ['sticker/webp', 'image/webp'],
]);

/** Of these a preview can be made. */
const PREVIEWABLE = [...SAFE_PICTURES.keys(), 'image/bmp', 'image/x-ms-bmp', 'image/tiff', 'application/pdf'];

/** Types that are told the browser, which then saves the file under its name. Of all others it learns nothing. */
const TOLD = /^(audio|video)\/[\w.+-]+$|^application\/(pdf|zip)$|^image\/(svg\+xml|bmp|tiff|avif|heic|heif)$/;

export const isSafePicture = (mimeType: string): boolean => SAFE_PICTURES.has(mimeType);
export const isPreviewable = (mimeType: string): boolean => PREVIEWABLE.includes(mimeType);

/** How a file goes out to browsers: with which type, and whether it may be shown in place instead of being saved. */
export function presentationOf(mimeType: string): { contentType: string; inline: boolean } {
  const picture = SAFE_PICTURES.get(mimeType);
  if (picture) return { contentType: picture, inline: true };
  return { contentType: TOLD.test(mimeType) ? mimeType : 'application/octet-stream', inline: false };
}

export function kindOf(mimeType: string): FileKind {
  if (isSafePicture(mimeType) || mimeType === 'image/svg+xml') return 'image';
  if (mimeType.startsWith('audio/')) return 'audio';
  return mimeType.startsWith('video/') ? 'video' : 'other';
}

/** @returns bytes that a file of this kind may have */
export const sizeLimitOf = (kind: FileKind, limits: FileLimits): number =>
  ({
    image: limits.maxImageSize,
    audio: limits.maxAudioSize,
    video: limits.maxVideoSize,
    other: limits.maxFileSize,
  })[kind];

export const largestLimit = ({ maxImageSize, maxAudioSize, maxVideoSize, maxFileSize }: FileLimits): number =>
  Math.max(maxImageSize, maxAudioSize, maxVideoSize, maxFileSize);

/** The folder of each kind, as it shows in paths. */
export const FOLDER_OF_KIND: Readonly<Record<FileKind, string>> = {
  image: 'images',
  audio: 'audios',
  video: 'videos',
  other: 'files',
};
