import { readFile } from 'node:fs/promises';
import { setPriority } from 'node:os';
import { PDFiumLibrary } from '@hyzyla/pdfium';
import { decode as decodeBmp } from 'bmp-ts';
import sharp, { type Sharp, type SharpOptions } from 'sharp';
import { IMPOSSIBLE_STATUS, PREVIEW_LIMITS, PREVIEW_SIDE } from './preview-limits.js';
import { startWatchdog } from './preview-watchdog.js';

/** The allowed decoders; libvips has many more, some of which run external programs. */
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
 * Generates one preview in a separate process, which can be killed at any moment: `preview-program.js <type> <source> <target>`.
 * Prints `{"width","height"}`; exits with status 3 and the reason if the file cannot be read.
 */
async function main([type, source, target]: string[]): Promise<void> {
  startWatchdog();
  process.umask(0o077); // files are readable by the server's account only
  setPriority(5); // lower priority than chat requests
  sharp.concurrency(1);
  sharp.cache(false);
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({ operation: DECODERS });
  const image = await openImage(type, source);
  const size = { width: PREVIEW_SIDE, height: PREVIEW_SIDE, fit: 'inside', withoutEnlargement: true } as const;
  const { width, height } = await image.resize(size).webp({ quality: 78 }).toFile(target);
  process.stdout.write(JSON.stringify({ width, height }));
}

/** sharp drops metadata by default; the EXIF orientation is applied to the pixels. */
async function openImage(type: string, source: string): Promise<Sharp> {
  if (type === 'application/pdf') return openPdf(await readFile(source));
  if (type === 'image/bmp' || type === 'image/x-ms-bmp') return openBmp(await readFile(source));
  return sharp(source, OPTIONS).autoOrient();
}

/** Checks the dimensions before decoding, since the decoder trusts them. */
function openBmp(bytes: Buffer): Sharp {
  if (bytes.length < BMP_HEADER_BYTES) throw new Error('the file is truncated');
  const width = bytes.readInt32LE(18);
  const height = Math.abs(bytes.readInt32LE(22));
  if (width <= 0 || width * height > PREVIEW_LIMITS.maxPixels) throw new Error('it has too many pixels, or none');
  const { data } = decodeBmp(bytes, { toRGBA: true });
  const opaque = bytes.readUInt16LE(28) < 32;
  const image = sharp(data, { raw: { width, height, channels: 4 } });
  return opaque ? image.removeAlpha() : image;
}

/** The first page, on white, no larger than a preview. */
async function openPdf(bytes: Buffer): Promise<Sharp> {
  const library = await PDFiumLibrary.init();
  const document = await library.loadDocument(bytes);
  const page = document.getPage(0);
  const { originalWidth, originalHeight } = page.getOriginalSize();
  const longer = Math.max(originalWidth, originalHeight);
  if (!(Math.min(originalWidth, originalHeight) > 0)) throw new Error('its first page has no size');
  // Renders at twice the preview size, so that small print stays legible after scaling down.
  const scale = (2 * PREVIEW_SIDE) / longer;
  const { data, width, height } = await page.render({ scale, render: 'bitmap' });
  return sharp(data, { raw: { width, height, channels: 4 } }).flatten({ background: WHITE });
}

main(process.argv.slice(2)).catch((error: Error) => {
  process.stderr.write(error.message);
  process.exit(IMPOSSIBLE_STATUS);
});
