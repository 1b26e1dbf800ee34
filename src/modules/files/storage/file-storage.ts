import type { Readable } from 'node:stream';
import type { ByteRange } from '../file.types.js';

/** The key has no object. */
export class MissingObjectError extends Error {
  constructor(key: string) {
    super(`Object not found: ${key}`);
    this.name = 'MissingObjectError';
  }
}

/** A complete and checked local file. */
export interface LocalFile {
  path: string;
  sizeBytes: number;
}

/**
 * Stores the bytes of files by keys such as `static/images/<random>.png`. Streams in both directions, so memory use does not
 * depend on the file size. Has no business rules: the database is the truth.
 */
export abstract class FileStorage {
  /**
   * Stores a file atomically: the key has all of the bytes or none. Replaces an existing object. Can move the local file.
   *
   * @param contentType stored with the object, if the storage supports it
   */
  abstract put(key: string, file: LocalFile, contentType: string): Promise<void>;

  /** @param range only these bytes, which must exist @throws MissingObjectError */
  abstract open(key: string, range?: ByteRange): Promise<Readable>;

  /** Deletes an object; a missing one is no error. */
  abstract delete(key: string): Promise<void>;

  /** @throws Error if the storage is not writable */
  abstract check(): Promise<void>;
}
