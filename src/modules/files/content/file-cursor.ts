import type { FileHandle } from 'node:fs/promises';

/** The file ends before the requested bytes. */
export class TruncatedFileError extends Error {
  constructor() {
    super('the file is truncated');
    this.name = 'TruncatedFileError';
  }
}

const BLOCK_BYTES = 65_536;

/**
 * Reads an open file sequentially in blocks, so memory use does not depend on the file size.
 *
 * Reads within a block are synchronous; `load` reads the next block asynchronously. A reader that calls `load` only when `holds`
 * returns false is fast and blocks the event loop for at most one block.
 */
export class FileCursor {
  private block = Buffer.alloc(0);
  /** Offset of the block in the file. */
  private blockAt = 0;
  /** Offset of the next byte to read. */
  at = 0;

  constructor(
    private readonly handle: FileHandle,
    readonly size: number,
  ) {}

  get left(): number {
    return this.size - this.at;
  }

  /** Whether the block holds the next `count` bytes. @param count at most 64 KiB */
  holds(count: number): boolean {
    return this.at >= this.blockAt && this.at + count <= this.blockAt + this.block.length;
  }

  /** Loads the next block: 64 KiB, or the rest of the file. */
  async load(): Promise<void> {
    const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(BLOCK_BYTES, this.left)));
    let filled = 0;
    while (filled < buffer.length) {
      const { bytesRead } = await this.handle.read(buffer, filled, buffer.length - filled, this.at + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    this.block = buffer.subarray(0, filled);
    this.blockAt = this.at;
  }

  /** Consumes the next bytes. @throws TruncatedFileError if the block has fewer; after a `load` this means the file has fewer */
  take(count: number): Buffer {
    const bytes = this.peek(count);
    if (bytes.length < count) throw new TruncatedFileError();
    this.at += count;
    return bytes;
  }

  /** Consumes the next byte. @throws as `take` */
  takeByte(): number {
    const byte = this.at < this.blockAt ? undefined : this.block[this.at - this.blockAt];
    if (byte === undefined) throw new TruncatedFileError();
    this.at += 1;
    return byte;
  }

  /** Returns the next bytes without consuming them; fewer than `count` at the end of the block. */
  peek(count: number): Buffer {
    const offset = this.at - this.blockAt;
    return offset < 0 ? this.block.subarray(0, 0) : this.block.subarray(offset, offset + count);
  }

  /** Moves to the next byte of this value in the block, or to the end of the block. */
  seek(value: number): void {
    const found = this.block.indexOf(value, this.at - this.blockAt);
    this.at = this.blockAt + (found < 0 ? this.block.length : found);
  }

  /** @throws TruncatedFileError */
  skip(count: number): void {
    if (count > this.left) throw new TruncatedFileError();
    this.at += count;
  }
}
