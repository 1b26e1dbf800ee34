import { readFile } from 'node:fs/promises';
import { setPriority } from 'node:os';
import { PDFiumLibrary } from '@hyzyla/pdfium';
import { decode as decodeBmp } from 'bmp-ts';
import sharp, { type Sharp, type SharpOptions } from 'sharp';
import { IMPOSSIBLE_STATUS, PREVIEW_LIMITS, PREVIEW_SIDE } from './preview-limits.js';
import { startWatchdog } from './preview-watchdog.js';

/** Only these decoders may run; libvips has many more, some of which are programs of their own. */
const DECODERS = [
  'VipsForeignLoadJpegFile',
  'VipsForeignLoadPngFile',
  'VipsForeignLoadWebpFile',
  'VipsForeignLoadNsgifFile',
  'VipsForeignLoadTiffFile',
];

const OPTIONS: SharpOptions = {
  limitInputPixels: PREVIEW_LIMITS.maxPixels,
  failOn: 'error',
  sequentialRead: true,
  pages: 1,
};

const BMP_HEADER_BYTES = 26;
const WHITE = '#ffffff';

/**
 * Makes one preview in a process of its own: `preview-program.js <type> <source> <target>`. Its memory goes with it, and it may
 * be killed at any moment. Prints `{"width","height"}`; ends with status 3, and the reason, when the file cannot be read.
 */
async function main([type, source, target]: string[]): Promise<void> {
  startWatchdog();
  process.umask(0o077); // what it writes is for the server's account alone
  setPriority(5); // people who chat come first
  sharp.concurrency(1);
  sharp.cache(false);
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({ operation: DECODERS });
  const picture = await openPicture(type, source);
  const size = { width: PREVIEW_SIDE, height: PREVIEW_SIDE, fit: 'inside', withoutEnlargement: true } as const;
  const { width, height } = await picture.resize(size).webp({ quality: 78 }).toFile(target);
  process.stdout.write(JSON.stringify({ width, height }));
}

/** What is handed on has no metadata: sharp leaves it out unless told. Its turn is applied instead of being noted. */
async function openPicture(type: string, source: string): Promise<Sharp> {
  if (type === 'application/pdf') return openPdf(await readFile(source));
  if (type === 'image/bmp' || type === 'image/x-ms-bmp') return openBmp(await readFile(source));
  return sharp(source, OPTIONS).autoOrient();
}

/** Looks at the measures before anything is decoded: the decoder trusts them. */
function openBmp(bytes: Buffer): Sharp {
  if (bytes.length < BMP_HEADER_BYTES) throw new Error('it is cut off');
  const width = bytes.readInt32LE(18);
  const height = Math.abs(bytes.readInt32LE(22));
  if (width <= 0 || width * height > PREVIEW_LIMITS.maxPixels) throw new Error('it has too many pixels, or none');
  const { data } = decodeBmp(bytes, { toRGBA: true });
  const opaque = bytes.readUInt16LE(28) < 32;
  const picture = sharp(data, { raw: { width, height, channels: 4 } });
  return opaque ? picture.removeAlpha() : picture;
}

/** The first page, on white, no larger than a preview. */
async function openPdf(bytes: Buffer): Promise<Sharp> {
  const library = await PDFiumLibrary.init();
  const document = await library.loadDocument(bytes);
  const page = document.getPage(0);
  const { originalWidth, originalHeight } = page.getOriginalSize();
  const longer = Math.max(originalWidth, originalHeight);
  if (!(Math.min(originalWidth, originalHeight) > 0)) throw new Error('its first page has no size');
  // Twice as many points as pixels, so that small print stays legible when it is made smaller.
  const scale = (2 * PREVIEW_SIDE) / longer;
  const { data, width, height } = await page.render({ scale, render: 'bitmap' });
  return sharp(data, { raw: { width, height, channels: 4 } }).flatten({ background: WHITE });
}

main(process.argv.slice(2)).catch((error: Error) => {
  process.stderr.write(error.message);
  process.exit(IMPOSSIBLE_STATUS);
});
