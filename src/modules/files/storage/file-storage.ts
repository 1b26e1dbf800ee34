import type { Readable } from 'node:stream';
import type { ByteRange } from '../file.types.js';

/** There is nothing under this key. */
export class MissingObjectError extends Error {
  constructor(key: string) {
    super(`Nothing is stored under ${key}.`);
    this.name = 'MissingObjectError';
  }
}

/** A file on the disk of this machine, complete and checked, that is to be stored. */
export interface LocalFile {
  path: string;
  sizeBytes: number;
}

/**
 * Where the bytes of files are kept, by keys such as `static/images/<random>.png`. Streams in both directions, so that memory stays
 * flat at any size. It knows no rules, and asks nobody: what is stored stands in the database.
 */
export abstract class FileStorage {
  /**
   * Stores a file as a whole: whatever happens in between, the key has all of the bytes or none. What was there before is
   * replaced. The local file may be gone afterwards.
   *
   * @param contentType what the store itself may tell of the file, where it can
   */
  abstract put(key: string, file: LocalFile, contentType: string): Promise<void>;

  /** @param range only these bytes, which must exist @throws MissingObjectError */
  abstract open(key: string, range?: ByteRange): Promise<Readable>;

  /** Removes what is under the key; it is no error if there is nothing. */
  abstract delete(key: string): Promise<void>;

  /** @throws Error when nothing can be stored at the moment */
  abstract check(): Promise<void>;
}
