import { createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { Injectable, Logger } from '@nestjs/common';
import { PRIVATE_FILE } from '../../../core/filesystem/private-files.js';
import { UploadStaging } from '../staging/upload-staging.js';
import { FileStorage, MissingObjectError } from '../storage/file-storage.js';
import { type MadePreview, PreviewJobsRepository, type PreviewLease } from './preview-jobs.repository.js';
import { PREVIEW_LIMITS, PREVIEW_TYPE } from './preview-limits.js';
import { PreviewImpossibleError, PreviewGenerator } from './preview-generator.js';

/** Longer than reading, generating and storing one preview takes. Then another process can retry. */
const LEASE_MS = PREVIEW_LIMITS.timeMs + 20_000;
const MAX_TRIES = 3;

/**
 * Generates the preview of a file:
 *
 *   lease ─► bytes to the staging folder ─► child process ─► preview into the storage ─► file updated, job deleted
 *
 * The path of a preview is fixed before it is generated, so a preview left by a crash is replaced by the next attempt or deleted
 * with its file.
 */
@Injectable()
export class PreviewRunner {
  private readonly logger = new Logger(PreviewRunner.name);

  constructor(
    private readonly jobs: PreviewJobsRepository,
    private readonly storage: FileStorage,
    private readonly staging: UploadStaging,
    private readonly generator: PreviewGenerator,
  ) {}

  async run(fileId: string): Promise<void> {
    const lease = await this.jobs.lease(fileId, this.staging.instance, LEASE_MS);
    if (!lease) return;
    const source = await this.staging.newPath();
    const target = await this.staging.newPath();
    try {
      await pipeline(await this.storage.open(lease.path), createWriteStream(source, { mode: PRIVATE_FILE }));
      const size = await this.generator.make(lease.mimeType, source, target);
      await this.store(lease, target, { ...size, sizeBytes: (await stat(target)).size });
    } catch (error) {
      await this.handleFailure(lease, error as Error);
    } finally {
      await Promise.all([source, target].map((path) => rm(path, { force: true })));
    }
  }

  private async store({ fileId, previewPath }: PreviewLease, path: string, made: MadePreview): Promise<void> {
    await this.storage.put(previewPath, { path, sizeBytes: made.sizeBytes }, PREVIEW_TYPE);
    const isStored = await this.jobs.finish(fileId, this.staging.instance, PREVIEW_TYPE, made);
    if (!isStored) this.logger.debug(`Preview of ${fileId} discarded: its lease has ended`);
  }

  private async handleFailure({ fileId, previewPath, tries }: PreviewLease, error: Error): Promise<void> {
    const isFinal = error instanceof PreviewImpossibleError || error instanceof MissingObjectError;
    if (!isFinal && tries < MAX_TRIES) {
      return this.logger.warn(`Preview of ${fileId} failed and will be retried: ${error.message}`);
    }
    this.logger.log(`Preview of ${fileId} failed finally: ${error.message}`);
    await this.storage.delete(previewPath);
    await this.jobs.giveUp(fileId, this.staging.instance);
  }
}
