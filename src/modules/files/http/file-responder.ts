import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Injectable, Logger } from '@nestjs/common';
import type { Request, Response } from 'express';
import { presentationOf } from '../content/kinds.js';
import type { FileEntity } from '../file.entity.js';
import { fileNotFound, storageUnavailable } from '../file.errors.js';
import type { LinkTarget } from '../file-links.js';
import type { ByteRange } from '../file.types.js';
import { FileStorage, MissingObjectError } from '../storage/file-storage.js';

/** The content of a path never changes. Private, since shared caches cannot check access. */
const CACHE_CONTROL = 'private, max-age=31536000, immutable';

/** The requested object and its headers. */
interface Representation {
  key: string;
  sizeBytes: number;
  mimeType: string;
  name: string;
  etag: string;
  createdAt: Date;
}

/**
 * Responds to GET and HEAD with a stored file. Files never run scripts in the server's origin: only safe images are sent inline,
 * sniffing is disabled, and a sandbox policy applies.
 */
@Injectable()
export class FileResponder {
  private readonly logger = new Logger(FileResponder.name);

  constructor(private readonly storage: FileStorage) {}

  /** @throws DomainError not_found `file.not_found`; unavailable `file.storage_unavailable` */
  async send(file: FileEntity, target: LinkTarget, request: Request, response: Response): Promise<void> {
    const representation = target === 'preview' ? previewOf(file) : fileOf(file);
    const range = rangeOf(request, representation);
    if (isUnchanged(request, representation)) {
      writeHeaders(response.status(304), representation);
      response.end();
    } else if (range === 'none') {
      writeHeaders(response.status(416), representation);
      response.setHeader('content-range', `bytes */${representation.sizeBytes}`).end();
    } else {
      const bytes = request.method === 'HEAD' ? undefined : await this.open(representation, range);
      await this.sendBytes(representation, range, bytes, response);
    }
  }

  private async sendBytes(
    representation: Representation,
    range: ByteRange | undefined,
    bytes: Readable | undefined,
    response: Response,
  ): Promise<void> {
    const { sizeBytes, etag } = representation;
    writeHeaders(response.status(range ? 206 : 200), representation);
    response.setHeader('content-length', range ? range.last - range.first + 1 : sizeBytes);
    if (range) response.setHeader('content-range', `bytes ${range.first}-${range.last}/${sizeBytes}`);
    if (!bytes) return void response.end();
    try {
      await pipeline(bytes, response);
    } catch (error) {
      // Usually the client has disconnected. Otherwise it detects the truncation by the content length.
      this.logger.debug(`Sending ${etag} was aborted: ${(error as Error).message}`);
      response.destroy();
    }
  }

  private async open({ key, etag }: Representation, range: ByteRange | undefined): Promise<Readable> {
    try {
      return await this.storage.open(key, range);
    } catch (error) {
      if (error instanceof MissingObjectError) throw fileNotFound();
      this.logger.error(`Failed to read ${etag}: ${(error as Error).message}`);
      throw storageUnavailable();
    }
  }
}

function writeHeaders(response: Response, { mimeType, name, etag, createdAt }: Representation): void {
  const { contentType, inline } = presentationOf(mimeType);
  const headers = {
    'content-type': contentType,
    'content-disposition': contentDisposition(inline ? 'inline' : 'attachment', name),
    'x-content-type-options': 'nosniff',
    'content-security-policy': "sandbox; default-src 'none'",
    'cache-control': CACHE_CONTROL,
    'accept-ranges': 'bytes',
    'last-modified': createdAt.toUTCString(),
    etag,
  };
  for (const [header, value] of Object.entries(headers)) response.setHeader(header, value);
}

const fileOf = ({ id, path, sizeBytes, mimeType, name, createdAt }: FileEntity): Representation => ({
  key: path,
  sizeBytes,
  mimeType,
  name,
  etag: `"${id}"`,
  createdAt,
});

function previewOf(file: FileEntity): Representation {
  const { id, previewPath, previewSizeBytes, previewMimeType, createdAt } = file;
  if (previewPath === null || previewSizeBytes === null || previewMimeType === null) throw fileNotFound();
  const name = `preview.${previewMimeType.split('/').at(-1)}`;
  const etag = `"${id}-preview"`;
  return { key: previewPath, sizeBytes: previewSizeBytes, mimeType: previewMimeType, name, etag, createdAt };
}

/** @returns undefined for the complete file */
function rangeOf({ headers }: Request, { sizeBytes, etag, createdAt }: Representation): ByteRange | 'none' | undefined {
  const condition = headers['if-range'];
  if (condition !== undefined && condition !== etag && !isSameSecond(String(condition), createdAt)) return undefined;
  return readRange(headers.range, sizeBytes);
}

function isUnchanged({ headers }: Request, { etag, createdAt }: Representation): boolean {
  const known = headers['if-none-match'];
  if (known === undefined) return isSameSecond(headers['if-modified-since'] ?? '', createdAt);
  return known === '*' || known.split(',').some((item) => item.trim().replace(/^W\//, '') === etag);
}

/** HTTP dates have a resolution of one second. */
const isSameSecond = (date: string, at: Date): boolean => Date.parse(date) === Math.floor(at.getTime() / 1000) * 1000;

/**
 * Parses a `Range` header (RFC 9110, section 14). Several ranges in one request are not supported.
 *
 * @returns the range; undefined for an absent or unknown header; `none` if the range cannot be satisfied
 */
function readRange(header: string | undefined, sizeBytes: number): ByteRange | 'none' | undefined {
  const [, ranges] = /^bytes=(.*)$/i.exec(header ?? '') ?? [];
  if (ranges === undefined) return undefined;
  if (ranges.includes(',')) return 'none';
  const [, from, to] = /^\s*(\d*)-(\d*)\s*$/.exec(ranges) ?? [];
  if (from === undefined || (from === '' && to === '')) return undefined;
  const first = from === '' ? Math.max(0, sizeBytes - Number(to)) : Number(from);
  const last = from === '' || to === '' ? sizeBytes - 1 : Math.min(Number(to), sizeBytes - 1);
  if (to !== '' && from !== '' && Number(to) < Number(from)) return undefined;
  return first <= last ? { first, last } : 'none';
}

/**
 * Builds a `Content-Disposition` header (RFC 6266) with an ASCII fallback name and the UTF-8 name.
 *
 * @param name sanitized: without quotes, slashes and control characters
 */
function contentDisposition(kind: 'inline' | 'attachment', name: string): string {
  const ascii = name.replace(/[^\x20-\x7e]/g, '_').replace(/["\\%]/g, '_');
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${kind}; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
