import type { FileHandle } from 'node:fs/promises';

/** The file ends before what was to be read. */
export class CutOffError extends Error {
  constructor() {
    super('it is cut off');
    this.name = 'CutOffError';
  }
}

const BLOCK_BYTES = 65_536;

/**
 * Reads an open file from its beginning on, a block at a time: memory stays flat at any size.
 *
 * Reading within a block is synchronous; `load` reads the next block from the disk, and other work gets its turn meanwhile.
 * So a reader that calls `load` only when `holds` is false is both fast and never busy for longer than one block takes.
 */
export class FileCursor {
  private block = Buffer.alloc(0);
  /** Where in the file the block begins. */
  private blockAt = 0;
  /** Where the next byte will be read. */
  at = 0;

  constructor(
    private readonly handle: FileHandle,
    readonly size: number,
  ) {}

  get left(): number {
    return this.size - this.at;
  }

  /** Whether this many of the next bytes are in the block. @param count at most 64 KiB */
  holds(count: number): boolean {
    return this.at >= this.blockAt && this.at + count <= this.blockAt + this.block.length;
  }

  /** Makes the next bytes the block: 64 KiB, or all that are left. */
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

  /** The next bytes of the block. @throws CutOffError when it holds fewer, which after a `load` means that the file does */
  take(count: number): Buffer {
    const bytes = this.peek(count);
    if (bytes.length < count) throw new CutOffError();
    this.at += count;
    return bytes;
  }

  /** The next byte of the block. @throws as `take` */
  takeByte(): number {
    const byte = this.at < this.blockAt ? undefined : this.block[this.at - this.blockAt];
    if (byte === undefined) throw new CutOffError();
    this.at += 1;
    return byte;
  }

  /** The next bytes of the block without moving on; fewer than asked for at its end. */
  peek(count: number): Buffer {
    const offset = this.at - this.blockAt;
    return offset < 0 ? this.block.subarray(0, 0) : this.block.subarray(offset, offset + count);
  }

  /** Moves on to the next byte of this value in the block, or to the block's end. */
  seek(value: number): void {
    const found = this.block.indexOf(value, this.at - this.blockAt);
    this.at = this.blockAt + (found < 0 ? this.block.length : found);
  }

  /** @throws CutOffError */
  skip(count: number): void {
    if (count > this.left) throw new CutOffError();
    this.at += count;
  }
}
