import { gzipSync } from 'node:zlib';
import { makeGif, makeJpeg, makePdf, makePng, makeWebp, pngChunk } from './images.js';

/** Bytes of each hostile file: below the size limit of an image. */
export const HOSTILE_BYTES = 2_000_000;

/** A file that maximizes the cost of its parser. */
export interface HostileFile {
  what: string;
  name: string;
  content: Buffer;
}

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

/** `head`, then `unit` again and again, then `tail`: as long as a hostile file is. */
export function repeated(head: Buffer, unit: Buffer, tail: Buffer = Buffer.alloc(0)): Buffer {
  const room = Math.max(0, HOSTILE_BYTES - head.length - tail.length);
  return Buffer.concat([head, Buffer.alloc(room - (room % unit.length), unit), tail]);
}

const JPEG_HEAD = latin1('\xff\xd8\xff\xe0\0\x04\0\0');
const JPEG_SCAN = makeJpeg(3, 2).subarray(0, -2);
const JPEG_END = latin1('\xff\xd9');
const GIF_HEAD = latin1('GIF89a\x01\0\x01\0\0\0\0');
const GIF_FRAME = latin1(',\0\0\0\0\x01\0\x01\0\0\x02');
const PNG_HEAD = makePng().subarray(0, 33);
const PNG_END = makePng().subarray(33);
const WEBP_HEAD = makeWebp(3, 2);
const MP4_HEAD = latin1('\0\0\0\x18ftypisom\0\0\x02\0isomiso2');
const AVIF_HEAD = latin1('\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf');

/** An empty entry of a ZIP archive, as its local header and in the directory. */
function zipOf(entries: number): Buffer {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  for (let entry = 0; entry < entries; entry++) {
    const head = Buffer.alloc(31);
    head.write('PK\x03\x04', 'latin1');
    head.writeUInt16LE(1, 26);
    head.write('a', 30);
    local.push(head);
    const listed = Buffer.alloc(47);
    listed.write('PK\x01\x02', 'latin1');
    listed.writeUInt16LE(1, 28);
    listed.writeUInt32LE(entry * 31, 42);
    central.push(listed);
  }
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries % 65_536, 8);
  end.writeUInt16LE(entries % 65_536, 10);
  end.writeUInt32LE(entries * 47, 12);
  end.writeUInt32LE(entries * 31, 16);
  return Buffer.concat([...local, ...central, end]);
}

/** Nested boxes. */
function deepBoxes(head: Buffer, name: string): Buffer {
  const boxes = Buffer.alloc(HOSTILE_BYTES - head.length);
  for (let at = 0; at + 8 <= boxes.length; at += 8) {
    boxes.writeUInt32BE(boxes.length - at, at);
    boxes.write(name, at + 4, 'latin1');
  }
  return Buffer.concat([head, boxes]);
}

function nestedRiff(form: string): Buffer {
  const riff = Buffer.alloc(HOSTILE_BYTES);
  riff.write('RIFF', 'latin1');
  riff.writeUInt32LE(riff.length - 8, 4);
  riff.write(form, 8, 'latin1');
  for (let at = 12; at + 12 <= riff.length; at += 12) {
    riff.write('LIST', at, 'latin1');
    riff.writeUInt32LE(riff.length - at - 8, at + 4);
    riff.write('INFO', at + 8, 'latin1');
  }
  return riff;
}

const file = (what: string, extension: string, content: Buffer): HostileFile => ({
  what,
  name: `hostile.${extension}`,
  content: content.subarray(0, HOSTILE_BYTES),
});

const bomb = (text: string): Buffer => gzipSync(Buffer.from(text));

export const HOSTILE_FILES: readonly HostileFile[] = [
  file('JPEG, fill bytes without end', 'jpg', repeated(JPEG_HEAD, latin1('\xff'))),
  file('JPEG, fill bytes in the scan', 'jpg', repeated(JPEG_SCAN, latin1('\xff'), JPEG_END)),
  file('JPEG, escaped bytes in the scan', 'jpg', repeated(JPEG_SCAN, latin1('\xff\0'), JPEG_END)),
  file('JPEG, restart markers', 'jpg', repeated(JPEG_SCAN, latin1('\xff\xd0'), JPEG_END)),
  file('JPEG, empty segments', 'jpg', repeated(JPEG_HEAD, latin1('\xff\xe1\0\x02'))),
  file('JPEG, frames', 'jpg', repeated(JPEG_HEAD, latin1('\xff\xc0\0\x0b\x08\0\x01\0\x01\x01\x01\x11\0'))),
  file('JPEG, scans', 'jpg', repeated(JPEG_SCAN, latin1('\xff\xda\0\x02'), JPEG_END)),
  file('JPEG, ends of ZIP archives', 'jpg', repeated(JPEG_SCAN, latin1('PK\x05\x06'), JPEG_END)),
  file(
    'GIF, blocks of one byte',
    'gif',
    repeated(Buffer.concat([GIF_HEAD, GIF_FRAME]), latin1('\x01D'), latin1('\0;')),
  ),
  file('GIF, empty extensions', 'gif', repeated(GIF_HEAD, latin1('!\xfe\0'), makeGif().subarray(22))),
  file('GIF, empty frames', 'gif', repeated(GIF_HEAD, Buffer.concat([GIF_FRAME, latin1('\0')]), latin1(';'))),
  file('PNG, empty chunks', 'png', repeated(PNG_HEAD, pngChunk('tEXt', Buffer.alloc(0)), PNG_END)),
  file('PNG, chunks of one byte', 'png', repeated(PNG_HEAD, pngChunk('IDAT', Buffer.alloc(1)), PNG_END)),
  file('PNG, one large chunk', 'png', Buffer.concat([PNG_HEAD, pngChunk('IDAT', Buffer.alloc(1_900_000)), PNG_END])),
  file('WebP, empty chunks', 'webp', asRiff(repeated(WEBP_HEAD, latin1('ABCD\0\0\0\0')))),
  file('WebP, frames', 'webp', asRiff(repeated(WEBP_HEAD, latin1('ANMF\0\0\0\0')))),
  file('WebP, nested lists', 'webp', nestedRiff('WEBP')),
  file('WAV, nested lists', 'wav', nestedRiff('WAVE')),
  file('AVI, nested lists', 'avi', nestedRiff('AVI ')),
  file('MP4, deep boxes', 'mp4', deepBoxes(MP4_HEAD, 'moov')),
  file('MP4, empty boxes', 'mp4', repeated(MP4_HEAD, latin1('\0\0\0\x08free'))),
  file('AVIF, deep boxes', 'avif', deepBoxes(AVIF_HEAD, 'meta')),
  file('Matroska, empty elements', 'mkv', repeated(latin1('\x1a\x45\xdf\xa3\x9f'), latin1('\xec\x80'))),
  file('Ogg, empty pages', 'ogg', repeated(latin1('OggS'), latin1('OggS\0\0\0\0'))),
  file('ID3 tag of 256 MB', 'mp3', repeated(latin1('ID3\x03\0\0\x7f\x7f\x7f\x7f'), latin1('\0'))),
  file('ID3 tags, one after the other', 'mp3', repeated(Buffer.alloc(0), latin1('ID3\x03\0\0\0\0\0\0'))),
  file('ZIP of 25,000 entries', 'zip', zipOf(25_000)),
  file('ZIP, local headers only', 'zip', repeated(Buffer.alloc(0), zipOf(1).subarray(0, 31))),
  file('Word document, local headers only', 'docx', repeated(Buffer.alloc(0), zipOf(1).subarray(0, 31))),
  file('gzip bomb', 'gz', bomb('\0'.repeat(50_000_000))),
  file('SVG, compressed bomb', 'svgz', bomb(`<svg>${' '.repeat(50_000_000)}`)),
  file('gzip, empty members', 'gz', repeated(Buffer.alloc(0), bomb(''))),
  file('TIFF, directories in a circle', 'tif', repeated(latin1('II*\0\x08\0\0\0'), latin1('\0\0\x08\0\0\0'))),
  file('PDF, objects', 'pdf', repeated(makePdf(), latin1('1 0 obj<<>>endobj\n'))),
  file('PDF, ends of ZIP archives', 'pdf', repeated(latin1('%PDF-1.4\n'), latin1('PK\x05\x06'))),
  file('text, openings of SVG', 'txt', repeated(Buffer.alloc(0), latin1('<svg'))),
  file('SVG, nested', 'svg', repeated(latin1('<svg>'), latin1('<g>'))),
  file('XML, comments', 'xml', repeated(latin1('<?xml version="1.0"?>'), latin1('<!--'))),
  file(
    '7z, TAR, CAB and ASF by their signatures',
    'bin',
    repeated(latin1('\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\0\xaa\0\x62\xce\x6c'), latin1('\0')),
  ),
  file('halves of characters', 'txt', repeated(Buffer.alloc(0), latin1('\xe2\x82'))),
];

function asRiff(content: Buffer): Buffer {
  content.writeUInt32LE(content.length - 8, 4);
  return content;
}

/** Names that are expensive to sanitize. */
export const HOSTILE_NAMES: readonly string[] = [
  `a${'. '.repeat(7000)}b.txt`,
  `a${'.'.repeat(14_000)}b`,
  `${' '.repeat(14_000)}b.txt`,
  `a${'\u0301\u0323'.repeat(3500)}.txt`,
  `${'../'.repeat(4500)}x.txt`,
  `${'\u202e'.repeat(4500)}x.txt`,
  `${'.a'.repeat(7000)}`,
];
