import { open } from 'node:fs/promises';
import { imageInvalid, imageTooLarge, typeMismatch } from '../file.errors.js';
import { TruncatedFileError, FileCursor } from './file-cursor.js';
import { isSafeImage, MAX_PIXELS } from './kinds.js';
import { InvalidImageError, type ImageProperties, IMAGE_PARSERS } from './image-formats.js';

const MAX_FRAMES = 1000;
const MAX_PADDING_BYTES = 1024;

/** The end of a ZIP archive: its signature, 18 bytes, and a comment of up to 64 KiB. */
const ZIP_END = Buffer.from('PK\x05\x06');
const ZIP_END_BYTES = 22;
const ZIP_END_MAX_BYTES = ZIP_END_BYTES + 65_535;

/**
 * Checks the complete content of a file of known type: images must be intact and within the pixel and frame limits; images and
 * PDFs must not be valid as another format too (polyglots).
 *
 * @returns the dimensions of an image that browsers display; null for other files
 * @throws DomainError invalid `file.image_invalid`, `file.image_too_large`, `file.type_mismatch`
 */
export async function checkContent(path: string, mimeType: string): Promise<ImageProperties | null> {
  if (!isSafeImage(mimeType) && mimeType !== 'application/pdf') return null;
  const handle = await open(path);
  try {
    const cursor = new FileCursor(handle, (await handle.stat()).size);
    const facts = isSafeImage(mimeType) ? await checkImage(cursor, mimeType) : null;
    if (await endsAsArchive(cursor)) throw typeMismatch('The file is also a ZIP archive.');
    return facts;
  } finally {
    await handle.close();
  }
}

async function checkImage(cursor: FileCursor, mimeType: string): Promise<ImageProperties> {
  const facts = await walk(cursor, mimeType);
  if (facts.width === 0 || facts.height === 0) throw imageInvalid('its width or height is 0');
  if (facts.width * facts.height > MAX_PIXELS) throw imageTooLarge(`${MAX_PIXELS / 1_000_000} million pixels`);
  if (facts.frames > MAX_FRAMES) throw imageTooLarge(`${MAX_FRAMES} frames`);
  // Phones append videos to JPEGs (motion photos). Other formats have no valid trailing data.
  if (mimeType !== 'image/jpeg' && !(await isOnlyPaddingLeft(cursor))) {
    throw typeMismatch('The file has data after the end of the image.');
  }
  return facts;
}

async function walk(cursor: FileCursor, mimeType: string): Promise<ImageProperties> {
  try {
    return await IMAGE_PARSERS.get(mimeType)!(cursor);
  } catch (error) {
    if (error instanceof TruncatedFileError || error instanceof InvalidImageError) throw imageInvalid(error.message);
    throw error;
  }
}

async function isOnlyPaddingLeft(cursor: FileCursor): Promise<boolean> {
  if (!cursor.holds(MAX_PADDING_BYTES)) await cursor.load();
  const rest = cursor.peek(MAX_PADDING_BYTES);
  return rest.length === cursor.left && rest.every((byte) => byte === 0 || byte === 0x0a || byte === 0x0d);
}

async function endsAsArchive(cursor: FileCursor): Promise<boolean> {
  const length = Math.min(cursor.size, ZIP_END_MAX_BYTES);
  cursor.at = cursor.size - length;
  await cursor.load();
  const beginning = cursor.take(Math.min(length, ZIP_END_BYTES));
  await cursor.load();
  const tail = Buffer.concat([beginning, cursor.take(length - beginning.length)]);
  for (let at = tail.lastIndexOf(ZIP_END); at >= 0; at = at > 0 ? tail.lastIndexOf(ZIP_END, at - 1) : -1) {
    const commentBytes = at + ZIP_END_BYTES <= tail.length ? tail.readUInt16LE(at + 20) : -1;
    if (at + ZIP_END_BYTES + commentBytes === tail.length) return true;
  }
  return false;
}
