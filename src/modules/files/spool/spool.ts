import { randomBytes } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { type FileHandle, open, readdir, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Settings } from '../../../core/config/settings.js';
import { makePrivateFolder, PRIVATE_FILE } from '../../../core/filesystem/private-files.js';
import { HEAD_BYTES } from '../content/found-type.js';
import { noSpace } from '../file.errors.js';

/** What the first bytes of a file decide. */
export interface HeadVerdict {
  /** More bytes than this are counted, but not kept. */
  limitBytes: number;
}

export interface Spooled<Verdict> {
  tempPath: string;
  /** All bytes that came; more than the limit means that the file on the disk is only a part. */
  sizeBytes: number;
  /** Undefined for an empty file. */
  verdict: Verdict | undefined;
}

export interface SpoolOptions<Verdict> {
  /** Is handed the first 4,100 bytes, or all of a shorter file. May throw to refuse it. */
  judge: (head: Buffer) => Promise<Verdict>;
  /** Is told how many bytes have come so far. */
  onProgress?: (bytes: number) => void;
}

/** A process that has not touched its folder for so long is taken for dead. Each touches it once a minute. */
const SILENT_TOO_LONG_MS = 600_000;
const OUT_OF_SPACE = ['ENOSPC', 'EDQUOT'];

/**
 * The folder for files that are on their way: each process has a folder of its own in it, so that what a dead one has left
 * behind can be told from what a living one is at.
 */
@Injectable()
export class Spool implements OnApplicationShutdown {
  private readonly root: string;
  /** The name of this process's folder: where it runs, its number there, and a random part. */
  readonly instance = [home(), process.pid, randomBytes(6).toString('hex')].join('.');

  constructor(settings: Settings) {
    this.root = join(settings.filesDir, 'tmp');
  }

  /**
   * Writes a stream to the disk as it comes, and always to its end. Who calls it removes the file, unless it throws.
   *
   * @throws DomainError unavailable `file.no_space`; what `judge` or the stream throws
   */
  async write<Verdict extends HeadVerdict>(
    content: Readable,
    options: SpoolOptions<Verdict>,
  ): Promise<Spooled<Verdict>> {
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

  /** @returns a path in this process's folder that nothing is at yet */
  async newPath(): Promise<string> {
    const folder = join(this.root, this.instance);
    await makePrivateFolder(folder);
    return join(folder, randomBytes(12).toString('hex'));
  }

  /** Tells the other processes that this one is alive. */
  async touch(): Promise<void> {
    const now = new Date();
    await utimes(join(this.root, this.instance), now, now).catch(ignoreMissing);
  }

  /** @returns the processes that are gone and have left files behind */
  async deadInstances(): Promise<string[]> {
    const names = (await readdir(this.root).catch(ignoreMissing)) ?? [];
    const others = names.filter((name) => name !== this.instance);
    const dead = await Promise.all(others.map((name) => this.isDead(name)));
    return others.filter((_, index) => dead[index]);
  }

  /** Removes all that a process has left behind. */
  async clear(instance: string): Promise<void> {
    await rm(join(this.root, instance), { recursive: true, force: true });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.clear(this.instance);
  }

  private async isDead(instance: string): Promise<boolean> {
    const [pid] = instance.split('.').slice(-2);
    if (instance.startsWith(`${home()}.`) && !isRunning(Number(pid))) return true;
    const facts = await stat(join(this.root, instance)).catch(ignoreMissing);
    return facts !== undefined && Date.now() - facts.mtimeMs > SILENT_TOO_LONG_MS;
  }
}

async function copy<Verdict extends HeadVerdict>(
  content: Readable,
  handle: FileHandle,
  { judge, onProgress }: SpoolOptions<Verdict>,
): Promise<Omit<Spooled<Verdict>, 'tempPath'>> {
  let sizeBytes = 0;
  let head: Buffer[] = [];
  let verdict: Verdict | undefined;
  // The reader of a form would wait for ever for a part that is destroyed before its end.
  for await (const chunk of content.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (!verdict) head.push(chunk);
    if (!verdict && sizeBytes >= HEAD_BYTES) {
      verdict = await judge(Buffer.concat(head).subarray(0, HEAD_BYTES));
      head = [];
    }
    if (!verdict || sizeBytes <= verdict.limitBytes) await writeAll(handle, chunk);
    onProgress?.(sizeBytes);
  }
  if (!verdict && sizeBytes > 0) verdict = await judge(Buffer.concat(head));
  return { sizeBytes, verdict };
}

/** A write may take a part only, as at the edge of a full disk; the next one then says why. */
async function writeAll(handle: FileHandle, chunk: Buffer): Promise<void> {
  for (let written = 0; written < chunk.length;) {
    written += (await handle.write(chunk, written)).bytesWritten;
  }
}

/** The machine, and on Linux the space in which its process numbers count: containers may share a folder, but no numbers. */
function home(): string {
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
