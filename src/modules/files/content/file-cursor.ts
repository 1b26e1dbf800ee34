import type { FileHandle } from 'node:fs/promises';

/** The file ends before what was to be read. */
export class CutOffError extends Error {
  constructor() {
    super('it is cut off');
    this.name = 'CutOffError';
  }
}

const BLOCK_BYTES = 65_536;

/** Reads an open file from its beginning on, a block at a time: memory stays flat at any size. */
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

  /** @param count at most 64 KiB @throws CutOffError */
  async take(count: number): Promise<Buffer> {
    const bytes = await this.peek(count);
    if (bytes.length < count) throw new CutOffError();
    this.at += count;
    return bytes;
  }

  /** What has been read already and is still to come: at least a byte, unless the file is at its end. */
  async rest(): Promise<Buffer> {
    return this.peek(Math.max(1, this.blockAt + this.block.length - this.at));
  }

  /** The next bytes without moving on; fewer than asked for at the end of the file. @param count at most 64 KiB */
  async peek(count: number): Promise<Buffer> {
    const start = this.at - this.blockAt;
    if (start < 0 || start + count > this.block.length) await this.load();
    const offset = this.at - this.blockAt;
    return this.block.subarray(offset, offset + count);
  }

  /** @throws CutOffError */
  skip(count: number): void {
    if (count > this.left) throw new CutOffError();
    this.at += count;
  }

  private async load(): Promise<void> {
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
}
