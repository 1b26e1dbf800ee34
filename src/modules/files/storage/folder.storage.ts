import { constants } from 'node:fs';
import { access, open, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { makePrivateFolder } from '../../../core/filesystem/private-files.js';
import type { ByteRange } from '../file.types.js';
import { FileStorage, type LocalFile, MissingObjectError } from './file-storage.js';

const KEY_FORM = /^([a-z]+\/)+[a-z0-9]+\.[a-z0-9]+$/;

/** Stores files in a folder. Files are moved by rename, so local files must be on the same file system. */
export class FolderStorage extends FileStorage {
  constructor(private readonly root: string) {
    super();
  }

  async put(key: string, file: LocalFile): Promise<void> {
    const target = this.pathOf(key);
    await makePrivateFolder(dirname(target));
    await flush(file.path);
    await rename(file.path, target);
    await flush(dirname(target));
  }

  async open(key: string, range?: ByteRange): Promise<Readable> {
    try {
      const handle = await open(this.pathOf(key));
      return handle.createReadStream({ start: range?.first, end: range?.last });
    } catch (error) {
      throw (error as NodeJS.ErrnoException).code === 'ENOENT' ? new MissingObjectError(key) : error;
    }
  }

  async delete(key: string): Promise<void> {
    await rm(this.pathOf(key), { force: true });
  }

  /** Checks the nearest existing parent, since the folder is created on demand. */
  async check(): Promise<void> {
    for (let folder = resolve(this.root); ; folder = dirname(folder)) {
      try {
        return await access(folder, constants.W_OK);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
  }

  /** Rejects keys that could leave the folder, although keys are generated. */
  private pathOf(key: string): string {
    if (!KEY_FORM.test(key)) throw new MissingObjectError(key);
    return join(this.root, key);
  }
}

/** Syncs a file or a folder to disk, so that acknowledged data survives a power failure. */
async function flush(path: string): Promise<void> {
  const handle = await open(path);
  try {
    await handle.sync();
  } catch (error) {
    // Some systems do not support it for folders.
    if (!['EPERM', 'EISDIR', 'EINVAL', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    await handle.close();
  }
}
