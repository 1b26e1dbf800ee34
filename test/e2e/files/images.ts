import { crc32, deflateSync } from 'node:zlib';

/** A chunk of a PNG, with a right checksum. */
export function pngChunk(name: string, data: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

const PNG_SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

/** A black PNG; of a very high one only the first 64 rows are there. @param extra chunks before the pixels */
export function makePng(width = 3, height = 2, extra: readonly Buffer[] = []): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  const pixels = deflateSync(Buffer.alloc((width + 1) * Math.min(height, 64)));
  const chunks = [pngChunk('IHDR', header), ...extra, pngChunk('IDAT', pixels), pngChunk('IEND', Buffer.alloc(0))];
  return Buffer.concat([PNG_SIGNATURE, ...chunks]);
}

/** A GIF of one by one pixel for each frame. */
export function makeGif(frames = 1, width = 1, height = 1): Buffer {
  const head = Buffer.from('GIF89a\0\0\0\0\x80\0\0\0\0\0\xff\xff\xff', 'latin1');
  head.writeUInt16LE(width, 6);
  head.writeUInt16LE(height, 8);
  const frame = Buffer.from(',\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0', 'latin1');
  return Buffer.concat([head, ...Array.from({ length: frames }, () => frame), Buffer.from(';')]);
}

/** A WebP that contains only its dimensions. */
export function makeWebp(width: number, height: number): Buffer {
  const size = Buffer.alloc(10);
  size.writeUIntLE(width - 1, 4, 3);
  size.writeUIntLE(height - 1, 7, 3);
  const chunks = Buffer.concat([
    Buffer.from('VP8X\x0a\0\0\0', 'latin1'),
    size,
    Buffer.from('VP8L\x0a\0\0\0\x2f', 'latin1'),
    Buffer.alloc(9),
  ]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(chunks.length + 4);
  return Buffer.concat([Buffer.from('RIFF'), length, Buffer.from('WEBP'), chunks]);
}

/** A JPEG of any dimensions without valid pixels. */
export function makeJpeg(width: number, height: number): Buffer {
  const frame = Buffer.from('\xff\xc0\0\x0b\x08\0\0\0\0\x01\x01\x11\0', 'latin1');
  frame.writeUInt16BE(height, 5);
  frame.writeUInt16BE(width, 7);
  const scan = Buffer.from('\xff\xda\0\x08\x01\x01\0\0\x3f\0\x12\xff\0\x34\xff\xd9', 'latin1');
  return Buffer.concat([Buffer.from('\xff\xd8', 'latin1'), frame, scan]);
}

/** A PDF of one page with a red square on it. */
export function makePdf(): Buffer {
  const content = '1 0 0 rg 10 10 100 100 re f';
  return Buffer.from(
    `%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n` +
      `3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R>>endobj\n` +
      `4 0 obj<</Length ${content.length}>>stream\n${content}\nendstream endobj\ntrailer<</Root 1 0 R>>\n%%EOF`,
  );
}

/** An empty ZIP archive: only its end record. */
export const EMPTY_ZIP = Buffer.concat([Buffer.from('PK\x05\x06'), Buffer.alloc(18)]);

/** The beginning of an MP4 film, and as many zeros as it takes. */
export function makeMp4(sizeBytes: number): Buffer {
  const film = Buffer.alloc(sizeBytes);
  film.write('\0\0\0\x18ftypisom\0\0\x02\0isomiso2', 'latin1');
  return film;
}
