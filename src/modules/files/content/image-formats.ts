import { crc32 } from 'node:zlib';
import { TruncatedFileError, type FileCursor } from './file-cursor.js';

/** Properties read from the structure of an image, without decoding pixels. */
export interface ImageProperties {
  width: number;
  height: number;
  /** 1 unless the image is animated. */
  frames: number;
}

/** The bytes violate the format. The message is a clause. */
export class InvalidImageError extends Error {}

/** Parses an image and leaves the cursor at its end. @throws InvalidImageError, TruncatedFileError */
type ImageParser = (cursor: FileCursor) => Promise<ImageProperties>;

/** Chunks, segments or blocks of one image. Real images of hundreds of megabytes have a few thousand. */
const MAX_PARTS = 65_536;
const PNG_SIGNATURE_BYTES = 8;
const BLOCK_BYTES = 65_536;

/** Counts the parts of an image. @throws InvalidImageError above the limit */
class PartCounter {
  private count = 0;

  next(): void {
    this.count += 1;
    if (this.count > MAX_PARTS) throw new InvalidImageError(`it has more than ${MAX_PARTS} parts`);
  }
}

const parsePng: ImageParser = async (cursor) => {
  cursor.skip(PNG_SIGNATURE_BYTES);
  const facts: ImageProperties = { width: 0, height: 0, frames: 1 };
  const parts = new PartCounter();
  let hasPixels = false;
  for (;;) {
    parts.next();
    if (!cursor.holds(8)) await cursor.load();
    const length = cursor.take(4).readUInt32BE();
    const type = cursor.take(4);
    const name = type.toString('latin1');
    const head = await checkPngChunk(cursor, length, crc32(type));
    if (name === 'IHDR' && head.length >= 8) {
      facts.width = head.readUInt32BE(0);
      facts.height = head.readUInt32BE(4);
    } else if (facts.width === 0) throw new InvalidImageError('its header is missing');
    if (name === 'acTL' && head.length >= 4) facts.frames = Math.max(1, head.readUInt32BE(0));
    hasPixels ||= name === 'IDAT';
    if (name === 'IEND') break;
  }
  if (!hasPixels) throw new InvalidImageError('it has no pixels');
  return facts;
};

/** Reads a chunk and verifies its checksum. @param sum the checksum of the chunk's name @returns the first bytes */
async function checkPngChunk(cursor: FileCursor, length: number, sum: number): Promise<Buffer> {
  if (length > cursor.left) cursor.skip(length);
  let head: Buffer = EMPTY;
  for (let left = length; left > 0;) {
    const count = Math.min(left, BLOCK_BYTES);
    if (!cursor.holds(count)) await cursor.load();
    const block = cursor.take(count);
    if (left === length) head = block.subarray(0, 16);
    sum = crc32(block, sum);
    left -= count;
  }
  if (!cursor.holds(4)) await cursor.load();
  if (cursor.take(4).readUInt32BE() !== sum) throw new InvalidImageError('a checksum is wrong');
  return head;
}

const EMPTY = Buffer.alloc(0);
const FRAME_MARKERS = [0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf];
const END_OF_IMAGE = 0xd9;
const START_OF_SCAN = 0xda;

const parseJpeg: ImageParser = async (cursor) => {
  cursor.skip(2);
  const facts: ImageProperties = { width: 0, height: 0, frames: 1 };
  const parts = new PartCounter();
  let hasPixels = false;
  for (;;) {
    const marker = await nextJpegMarker(cursor, hasPixels);
    if (marker === END_OF_IMAGE) break;
    parts.next();
    if (!cursor.holds(7)) await cursor.load();
    const length = cursor.take(2).readUInt16BE();
    if (length < 2) throw new InvalidImageError('a segment has no length');
    if (FRAME_MARKERS.includes(marker)) {
      const head = cursor.peek(5);
      if (head.length < 5) cursor.skip(5);
      facts.height = head.readUInt16BE(1);
      facts.width = head.readUInt16BE(3);
    }
    cursor.skip(length - 2);
    hasPixels ||= marker === START_OF_SCAN;
  }
  if (!hasPixels) throw new InvalidImageError('it has no pixels');
  return facts;
};

/**
 * Moves past the next marker that has content or ends the image.
 *
 * @param isInScan whether compressed pixels can precede the marker; in them 0xff is followed by 0
 */
async function nextJpegMarker(cursor: FileCursor, isInScan: boolean): Promise<number> {
  for (;;) {
    if (!cursor.holds(2)) await cursor.load();
    const [first, marker] = cursor.peek(2);
    if (first === undefined) throw new TruncatedFileError();
    if (first !== 0xff) {
      if (!isInScan) throw new InvalidImageError('a segment is misplaced');
      cursor.seek(0xff);
      continue;
    }
    // Any number of fill bytes can precede a marker.
    cursor.skip(marker === 0xff ? 1 : 2);
    if (marker === 0xff || isWithoutContent(marker)) continue;
    if (marker !== 0) return marker;
    if (!isInScan) throw new InvalidImageError('a segment is misplaced');
  }
}

const isWithoutContent = (marker: number): boolean => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);

const parseGif: ImageParser = async (cursor) => {
  cursor.skip(6);
  if (!cursor.holds(7)) await cursor.load();
  const screen = cursor.take(7);
  const facts = { width: screen.readUInt16LE(0), height: screen.readUInt16LE(2), frames: 0 };
  const parts = new PartCounter();
  cursor.skip(gifColourBytes(screen[4]));
  for (;;) {
    parts.next();
    if (!cursor.holds(10)) await cursor.load();
    const block = cursor.takeByte();
    if (block === 0x3b) break;
    if (block === 0x2c) {
      facts.frames += 1;
      const frame = cursor.take(9);
      facts.width = Math.max(facts.width, frame.readUInt16LE(4));
      facts.height = Math.max(facts.height, frame.readUInt16LE(6));
      cursor.skip(gifColourBytes(frame[8]) + 1);
    } else if (block === 0x21) cursor.skip(1);
    else throw new InvalidImageError('a block is unknown');
    await skipGifData(cursor);
  }
  if (facts.frames === 0) throw new InvalidImageError('it has no pixels');
  return facts;
};

const gifColourBytes = (flags: number): number => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);

async function skipGifData(cursor: FileCursor): Promise<void> {
  for (;;) {
    if (!cursor.holds(1)) await cursor.load();
    const length = cursor.takeByte();
    if (length === 0) return;
    cursor.skip(length);
  }
}

const parseWebp: ImageParser = async (cursor) => {
  if (!cursor.holds(12)) await cursor.load();
  const riff = cursor.take(12);
  const end = riff.readUInt32LE(4) + 8;
  if (end > cursor.size) cursor.skip(end);
  const facts: ImageProperties = { width: 0, height: 0, frames: 0 };
  const parts = new PartCounter();
  while (cursor.at < end) {
    parts.next();
    if (!cursor.holds(24)) await cursor.load();
    const chunk = cursor.take(8);
    const length = chunk.readUInt32LE(4);
    readWebpChunk(chunk.toString('latin1', 0, 4), cursor.peek(16), facts);
    cursor.skip(Math.min(length + (length % 2), Math.max(length, cursor.left)));
  }
  if (facts.frames === 0) throw new InvalidImageError('it has no pixels');
  return facts;
};

function readWebpChunk(name: string, head: Buffer, facts: ImageProperties): void {
  if (head.length < 10) return;
  if (name === 'VP8X') return extendSize(facts, 1 + head.readUIntLE(4, 3), 1 + head.readUIntLE(7, 3));
  if (name !== 'ANMF' && name !== 'VP8 ' && name !== 'VP8L') return;
  facts.frames += 1;
  if (name === 'VP8 ') extendSize(facts, head.readUInt16LE(6) & 0x3fff, head.readUInt16LE(8) & 0x3fff);
  if (name === 'VP8L')
    extendSize(facts, 1 + (head.readUInt32LE(1) & 0x3fff), 1 + ((head.readUInt32LE(1) >>> 14) & 0x3fff));
}

function extendSize(facts: ImageProperties, width: number, height: number): void {
  facts.width = Math.max(facts.width, width);
  facts.height = Math.max(facts.height, height);
}

/** By detected type, for all types that pass `isSafeImage`. */
export const IMAGE_PARSERS: ReadonlyMap<string, ImageParser> = new Map([
  ['image/png', parsePng],
  ['image/apng', parsePng],
  ['image/jpeg', parseJpeg],
  ['image/gif', parseGif],
  ['image/webp', parseWebp],
  ['sticker/webp', parseWebp],
]);
