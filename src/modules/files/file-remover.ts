import { Injectable, Logger } from '@nestjs/common';
import { RemovalsRepository, type StoredObjects } from './removals.repository.js';
import { FileStorage } from './storage/file-storage.js';

const BATCH = 100;

/**
 * Deletes files with their previews:
 *
 *   hide the rows, COMMIT ──► remove the bytes ──► delete the rows
 *
 * A crash in between leaves hidden rows, which the next cleaning finds, and never bytes without a row.
 */
@Injectable()
export class FileRemover {
  private readonly logger = new Logger(FileRemover.name);

  constructor(
    private readonly removals: RemovalsRepository,
    private readonly storage: FileStorage,
  ) {}

  /** Deletes the files of failed uploads. On an error the cleaning deletes them later. */
  async discard(ids: readonly string[]): Promise<void> {
    try {
      await this.remove(await this.removals.hide(ids));
    } catch (error) {
      this.logger.warn(`Deletion of a failed upload is left to the cleaning: ${(error as Error).message}`);
    }
  }

  /** Deletes files without references. @returns the number of deleted files */
  async clean(): Promise<number> {
    await this.removals.expireUploadTasks();
    let count = 0;
    for (;;) {
      const due = await this.removals.hideDue(BATCH);
      count += await this.remove(due);
      if (due.length < BATCH) return count;
    }
  }

  /** @returns the number of deleted files; rows stay where the storage fails */
  private async remove(files: readonly StoredObjects[]): Promise<number> {
    const results = await Promise.allSettled(files.map((file) => this.removeObjects(file)));
    const deleted = files.filter((_, index) => results[index].status === 'fulfilled').map(({ id }) => id);
    if (deleted.length > 0) await this.removals.delete(deleted);
    const failure = results.find((result) => result.status === 'rejected');
    if (failure) throw failure.reason as Error;
    return deleted.length;
  }

  private async removeObjects({ path, previewPath }: StoredObjects): Promise<void> {
    await this.storage.delete(path);
    if (previewPath) await this.storage.delete(previewPath);
  }
}
