import { randomBytes } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { type FileHandle, open, readdir, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { FilesSettings } from '../files.settings.js';
import { makePrivateFolder, PRIVATE_FILE } from '../../../core/filesystem/private-files.js';
import { HEAD_BYTES } from '../content/file-type.js';
import { noSpace } from '../file.errors.js';

/** Result of inspecting the first bytes of a file. */
export interface HeadInspection {
  /** Bytes beyond this are counted but not written. */
  limitBytes: number;
}

export interface StagedFile<Inspection> {
  tempPath: string;
  /** Bytes received; above the limit, the file on disk is incomplete. */
  sizeBytes: number;
  /** Undefined for an empty file. */
  inspection: Inspection | undefined;
}

export interface StagingOptions<Inspection> {
  /** Called with the first 4,100 bytes, or with all of a shorter file. Throws to reject the file. */
  inspectHead: (head: Buffer) => Promise<Inspection>;
  /** Called with the number of bytes received so far. */
  onProgress?: (bytes: number) => void;
}

/** A process that has not touched its folder for this long counts as dead. Processes touch it once a minute. */
const DEAD_AFTER_MS = 600_000;
const OUT_OF_SPACE = ['ENOSPC', 'EDQUOT'];

/**
 * Temporary files of uploads and previews. Each process has its own subfolder, so that the remains of dead processes can be
 * identified.
 */
@Injectable()
export class UploadStaging implements OnApplicationShutdown {
  private readonly root: string;
  /** Name of this process's folder: host and PID namespace, PID, random suffix. */
  readonly instance = [hostId(), process.pid, randomBytes(6).toString('hex')].join('.');

  constructor(settings: FilesSettings) {
    this.root = join(settings.filesDir, 'tmp');
  }

  /**
   * Writes a stream to disk and always reads it to its end. The caller deletes the file, unless this throws.
   *
   * @throws DomainError unavailable `file.no_space`; what `inspectHead` or the stream throws
   */
  async write<Inspection extends HeadInspection>(
    content: Readable,
    options: StagingOptions<Inspection>,
  ): Promise<StagedFile<Inspection>> {
    const tempPath = await this.newPath();
    try {
      const handle = await open(tempPath, 'wx', PRIVATE_FILE);
      try {
        return { tempPath, ...(await copy(content, handle, options)) };
      } finally {
        await handle.close();
      }
    } catch (error) {
      await rm(tempPath, { force: true });
      throw OUT_OF_SPACE.includes((error as NodeJS.ErrnoException).code ?? '') ? noSpace() : error;
    }
  }

  /** @returns an unused path in this process's folder */
  async newPath(): Promise<string> {
    const folder = join(this.root, this.instance);
    await makePrivateFolder(folder);
    return join(folder, randomBytes(12).toString('hex'));
  }

  /** Marks this process as alive for the other processes. */
  async touch(): Promise<void> {
    const now = new Date();
    await utimes(join(this.root, this.instance), now, now).catch(ignoreMissing);
  }

  /** @returns the dead processes that have left files behind */
  async deadInstances(): Promise<string[]> {
    const names = (await readdir(this.root).catch(ignoreMissing)) ?? [];
    const others = names.filter((name) => name !== this.instance);
    const dead = await Promise.all(others.map((name) => this.isDead(name)));
    return others.filter((_, index) => dead[index]);
  }

  /** Deletes the folder of a process. */
  async clear(instance: string): Promise<void> {
    await rm(join(this.root, instance), { recursive: true, force: true });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.clear(this.instance);
  }

  private async isDead(instance: string): Promise<boolean> {
    const [pid] = instance.split('.').slice(-2);
    if (instance.startsWith(`${hostId()}.`) && !isRunning(Number(pid))) return true;
    const facts = await stat(join(this.root, instance)).catch(ignoreMissing);
    return facts !== undefined && Date.now() - facts.mtimeMs > DEAD_AFTER_MS;
  }
}

async function copy<Inspection extends HeadInspection>(
  content: Readable,
  handle: FileHandle,
  { inspectHead, onProgress }: StagingOptions<Inspection>,
): Promise<Omit<StagedFile<Inspection>, 'tempPath'>> {
  let sizeBytes = 0;
  let head: Buffer[] = [];
  let inspection: Inspection | undefined;
  // The form parser would wait forever for a part that is destroyed before its end.
  for await (const chunk of content.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (!inspection) head.push(chunk);
    if (!inspection && sizeBytes >= HEAD_BYTES) {
      inspection = await inspectHead(Buffer.concat(head).subarray(0, HEAD_BYTES));
      head = [];
    }
    if (!inspection || sizeBytes <= inspection.limitBytes) await writeAll(handle, chunk);
    onProgress?.(sizeBytes);
  }
  if (!inspection && sizeBytes > 0) inspection = await inspectHead(Buffer.concat(head));
  return { sizeBytes, inspection };
}

/** A write can be partial, as on a full disk; the next one then fails with the reason. */
async function writeAll(handle: FileHandle, chunk: Buffer): Promise<void> {
  for (let written = 0; written < chunk.length;) {
    written += (await handle.write(chunk, written)).bytesWritten;
  }
}

/** The host and, on Linux, its PID namespace: containers can share a folder but not PIDs. */
function hostId(): string {
  const host = hostname().replace(/[^\w-]/g, '_');
  try {
    return `${host}.${readlinkSync('/proc/self/ns/pid').replace(/\D/g, '')}`;
  } catch {
    return host;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
