import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AppSettings } from '../../../src/app/settings.js';
import { runSql } from '../../support/databases.js';
import { type ApiResponse, type ClientApis, startClientApis } from '../client/client-caller.js';

/** One raw part of a form. */
export interface Part {
  field?: string;
  /** Omitted: a part without a file name. */
  name?: string;
  /** Omitted: a part without a content type. */
  type?: string;
  content: Uint8Array | string;
}

export interface UploadedFile {
  id: string;
  path: string;
  name: string;
  size: number;
  mimeType: string;
}

export const BOUNDARY = 'a-boundary-of-the-tests';

export const partHead = ({ field = 'file', name, type }: Omit<Part, 'content'>): string =>
  `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${field}"` +
  (name === undefined ? '' : `; filename="${name.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`) +
  (type === undefined ? '\r\n\r\n' : `\r\nContent-Type: ${type}\r\n\r\n`);

/** The body of a form, with file names in raw UTF-8 as browsers write them. */
export function formBody(parts: readonly Part[]): Buffer {
  const chunks = parts.flatMap((part) => [Buffer.from(partHead(part)), Buffer.from(part.content), Buffer.from('\r\n')]);
  return Buffer.concat([...chunks, Buffer.from(`--${BOUNDARY}--\r\n`)]);
}

export const FORM_TYPE = `multipart/form-data; boundary=${BOUNDARY}`;

/** A running application with its own files folder. */
export interface FilesApp extends ClientApis {
  folder: string;
  /** @param headers with the credential */
  upload(path: string, headers: Record<string, string>, body: Uint8Array | string): Promise<ApiResponse>;
  /** All stored and staged files, relative to the folder. */
  onDisk(): Promise<string[]>;
  sql<Row extends object>(query: string): Promise<Row[]>;
}

export async function startFiles(overrides: Partial<AppSettings> = {}): Promise<FilesApp> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-files-'));
  const apis = await startClientApis({ FILES_DIR: folder, ...overrides });
  return {
    ...apis,
    folder,
    async upload(path, headers, body) {
      const response = await fetch(apis.url + path, {
        method: 'POST',
        headers: { 'content-type': FORM_TYPE, ...headers },
        body: body as Uint8Array<ArrayBuffer>,
      });
      return { status: response.status, headers: response.headers, body: await response.json() };
    },
    onDisk: () => filesIn(folder),
    sql: (query) => runSql(apis.settings.databaseUrl, query),
    async close() {
      await apis.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The files in a folder and in those below, in alphabetical order. */
export async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}
