import { constants } from 'node:fs';
import { access, open, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { makePrivateFolder } from '../../../core/filesystem/private-files.js';
import type { ByteRange } from '../file.types.js';
import { FileStorage, type LocalFile, MissingObjectError } from './file-storage.js';

const KEY_FORM = /^([a-z]+\/)+[a-z0-9]+\.[a-z0-9]+$/;

/** Files in a folder. A file comes to its place by being renamed, so local files must be on the same file system. */
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

  /** The folder is made when it is needed; until then, the next one above it counts. */
  async check(): Promise<void> {
    for (let folder = resolve(this.root); ; folder = dirname(folder)) {
      try {
        return await access(folder, constants.W_OK);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
  }

  /** Keys are made by us; that they cannot lead out of the folder is not left to that alone. */
  private pathOf(key: string): string {
    if (!KEY_FORM.test(key)) throw new MissingObjectError(key);
    return join(this.root, key);
  }
}

/** Has the system write a file, or a folder's list of names, to the disk: what is promised must outlive a power cut. */
async function flush(path: string): Promise<void> {
  const handle = await open(path);
  try {
    await handle.sync();
  } catch (error) {
    // Some systems cannot do it for folders.
    if (!['EPERM', 'EISDIR', 'EINVAL', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    await handle.close();
  }
}
