import type { FileLimits } from '../../../core/config/service-config.js';
import type { FileKind } from '../file.types.js';

/** Pixels of an image: more than common cameras produce; 160 MB when decoded. */
export const MAX_PIXELS = 40_000_000;

/** Images that browsers display and that cannot contain scripts: served inline with their type, checked before they are stored. */
const SAFE_IMAGES: ReadonlyMap<string, string> = new Map([
  ['image/png', 'image/png'],
  ['image/apng', 'image/apng'],
  ['image/jpeg', 'image/jpeg'],
  ['image/gif', 'image/gif'],
  ['image/webp', 'image/webp'],
  ['sticker/webp', 'image/webp'],
]);

/** Types for which a preview can be generated. */
const PREVIEWABLE = [...SAFE_IMAGES.keys(), 'image/bmp', 'image/x-ms-bmp', 'image/tiff', 'application/pdf'];

/** Types sent as `Content-Type` of attachments. All others are sent as `application/octet-stream`. */
const ATTACHMENT_TYPES =
  /^(audio|video)\/[\w.+-]+$|^application\/(pdf|zip)$|^image\/(svg\+xml|bmp|tiff|avif|heic|heif)$/;

export const isSafeImage = (mimeType: string): boolean => SAFE_IMAGES.has(mimeType);
export const isPreviewable = (mimeType: string): boolean => PREVIEWABLE.includes(mimeType);

/** Returns the `Content-Type` of a file and whether it is sent inline instead of as an attachment. */
export function presentationOf(mimeType: string): { contentType: string; inline: boolean } {
  const imageType = SAFE_IMAGES.get(mimeType);
  if (imageType) return { contentType: imageType, inline: true };
  return { contentType: ATTACHMENT_TYPES.test(mimeType) ? mimeType : 'application/octet-stream', inline: false };
}

export function kindOf(mimeType: string): FileKind {
  if (isSafeImage(mimeType) || mimeType === 'image/svg+xml') return 'image';
  if (mimeType.startsWith('audio/')) return 'audio';
  return mimeType.startsWith('video/') ? 'video' : 'other';
}

/** @returns the maximum size in bytes of a file of this kind */
export const sizeLimitOf = (kind: FileKind, limits: FileLimits): number =>
  ({
    image: limits.maxImageSize,
    audio: limits.maxAudioSize,
    video: limits.maxVideoSize,
    other: limits.maxFileSize,
  })[kind];

export const largestLimit = ({ maxImageSize, maxAudioSize, maxVideoSize, maxFileSize }: FileLimits): number =>
  Math.max(maxImageSize, maxAudioSize, maxVideoSize, maxFileSize);

/** The folder of each kind in paths. */
export const FOLDER_OF_KIND: Readonly<Record<FileKind, string>> = {
  image: 'images',
  audio: 'audios',
  video: 'videos',
  other: 'files',
};
