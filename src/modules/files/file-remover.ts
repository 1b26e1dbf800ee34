import { Injectable, Logger } from '@nestjs/common';
import { RemovalsRepository, type StoredObjects } from './removals.repository.js';
import { FileStorage } from './storage/file-storage.js';

const BATCH = 100;

/**
 * Removes files with their previews:
 *
 *   hide the rows, COMMIT ──► remove the bytes ──► delete the rows
 *
 * A crash in between leaves hidden rows, which the next cleaning finds; never bytes that nobody knows of.
 */
@Injectable()
export class FileRemover {
  private readonly logger = new Logger(FileRemover.name);

  constructor(
    private readonly removals: RemovalsRepository,
    private readonly storage: FileStorage,
  ) {}

  /** Takes back uploads that failed. What cannot be removed just now is left to the cleaning. */
  async discard(ids: readonly string[]): Promise<void> {
    try {
      await this.remove(await this.removals.hide(ids));
    } catch (error) {
      this.logger.warn(`A failed upload is left to the cleaning: ${(error as Error).message}`);
    }
  }

  /** Removes what nothing holds any more. @returns how many files are gone */
  async clean(): Promise<number> {
    await this.removals.expireUploadTasks();
    let count = 0;
    for (;;) {
      const due = await this.removals.hideDue(BATCH);
      count += await this.remove(due);
      if (due.length < BATCH) return count;
    }
  }

  /** @returns how many are gone; the storage may refuse some, whose rows then stay */
  private async remove(files: readonly StoredObjects[]): Promise<number> {
    const results = await Promise.allSettled(files.map((file) => this.removeObjects(file)));
    const gone = files.filter((_, index) => results[index].status === 'fulfilled').map(({ id }) => id);
    if (gone.length > 0) await this.removals.delete(gone);
    const failure = results.find((result) => result.status === 'rejected');
    if (failure) throw failure.reason as Error;
    return gone.length;
  }

  private async removeObjects({ path, previewPath }: StoredObjects): Promise<void> {
    await this.storage.delete(path);
    if (previewPath) await this.storage.delete(previewPath);
  }
}
