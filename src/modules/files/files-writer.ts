import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { Injectable, Logger } from '@nestjs/common';
import { ServiceConfig } from '../../core/config/service-config.js';
import { newIdAt } from '../../core/crypto/ids.js';
import { Database } from '../../core/database/database.js';
import { DomainEvents } from '../../core/events/domain-events.js';
import { FOLDER_OF_KIND, isPreviewable, presentationOf } from './content/kinds.js';
import { FileEntity } from './file.entity.js';
import { quotaExceeded, storageUnavailable } from './file.errors.js';
import { FilesStored } from './file.events.js';
import type { CheckedContent, CheckedUpload, Uploader } from './file.types.js';
import { FilesRepository } from './files.repository.js';
import { UploadStaging } from './staging/upload-staging.js';
import { FileStorage } from './storage/file-storage.js';

/** Longer than any upload can take. A file that is not ready by then remains from a crash. */
const UPLOAD_MS = 900_000;
const RANDOM_BYTES = 20;

/** First segment of all storage keys and URL paths. */
export const STATIC_FOLDER = 'static';

/** A file whose row is inserted, with its uploaded content. */
export interface ReservedUpload {
  file: FileEntity;
  upload: CheckedUpload;
  /** A preview sent by the uploader. Without one a preview is generated if possible. */
  preview?: CheckedUpload;
}

/**
 * Writes the rows and bytes of files in an order that lets the cleaning recover from a crash at any point:
 *
 *   row `uploading`, quota charged, COMMIT ──► bytes into the storage ──► row `ready`, preview job, COMMIT
 */
@Injectable()
export class FilesWriter {
  private readonly logger = new Logger(FilesWriter.name);

  constructor(
    private readonly files: FilesRepository,
    private readonly storage: FileStorage,
    private readonly database: Database,
    private readonly events: DomainEvents,
    private readonly staging: UploadStaging,
    private readonly config: ServiceConfig,
  ) {}

  /**
   * Charges the quota and inserts the rows. Ids ascend in the order of `contents`.
   *
   * @throws DomainError invalid `file.quota_exceeded`
   */
  async reserve({ kind, id }: Uploader, contents: readonly CheckedContent[]): Promise<FileEntity[]> {
    const now = Date.now();
    const files = contents.map((content, index) => newFile(id, this.staging.instance, content, now + index));
    const bytes = contents.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const limit = kind === 'service' ? Number.MAX_SAFE_INTEGER : this.config.limits.file.maxStoredPerUser;
    await this.database.transaction(async () => {
      if (!(await this.files.charge(id, bytes, limit))) throw quotaExceeded(limit);
      await this.files.insert(files);
    });
    return files;
  }

  /** Updates a reserved row once its content is known. @param claimHash hash of the one-time claim token */
  async updateContent(
    file: FileEntity,
    content: CheckedContent,
    hasPreview: boolean,
    claimHash: Buffer,
  ): Promise<void> {
    const changes = { ...describe(content, hasPreview), claimHash };
    await this.files.update(file.id, changes);
    Object.assign(file, changes);
  }

  /**
   * Stores the bytes and marks the files as ready, all or none. Deletes the local files.
   *
   * @throws DomainError unavailable `file.storage_unavailable`
   */
  async store(fillings: readonly ReservedUpload[]): Promise<FileEntity[]> {
    try {
      for (const filling of fillings) await this.put(filling);
    } catch (error) {
      this.logger.error(`Failed to store files: ${(error as Error).message}`, (error as Error).stack);
      throw storageUnavailable();
    }
    const files = fillings.map(({ file }) => file);
    await this.database.transaction(async () => {
      // A cleaning that considers this upload dead has hidden its row and will delete the bytes.
      if ((await this.files.finish(files.map(({ id }) => id))) < files.length) throw storageUnavailable();
      for (const { file, preview } of fillings) if (preview) await this.files.update(file.id, previewFacts(file));
      await this.files.insertPreviewJobs(files.filter(needsPreview).map(({ id }) => id));
      await this.events.publish(new FilesStored(files));
    });
    for (const file of files) file.state = 'ready';
    return files;
  }

  private async put({ file, upload, preview }: ReservedUpload): Promise<void> {
    const { contentType } = presentationOf(file.mimeType);
    await this.storage.put(file.path, { path: upload.tempPath, sizeBytes: upload.sizeBytes }, contentType);
    await rm(upload.tempPath, { force: true });
    if (!preview || !file.previewPath) return;
    const { mimeType, sizeBytes, width, height } = preview;
    await this.storage.put(
      file.previewPath,
      { path: preview.tempPath, sizeBytes },
      presentationOf(mimeType).contentType,
    );
    Object.assign(file, {
      previewMimeType: mimeType,
      previewSizeBytes: sizeBytes,
      previewWidth: width,
      previewHeight: height,
    });
  }
}

/** Returns the content columns of a file. @param hasOwnPreview whether the uploader sent a preview */
function describe(content: CheckedContent, hasOwnPreview = false): Partial<FileEntity> {
  const { name, sizeBytes, mimeType, kind, width, height, extension } = content;
  const path = `${STATIC_FOLDER}/${FOLDER_OF_KIND[kind]}/${randomName()}.${extension}`;
  const previewPath =
    hasOwnPreview || isPreviewable(mimeType) ? `${STATIC_FOLDER}/previews/${randomName()}.webp` : null;
  return { name, sizeBytes, mimeType, kind, width, height, path, previewPath };
}

function newFile(ownerId: string, uploadProcess: string, content: CheckedContent, at: number): FileEntity {
  return Object.assign(new FileEntity(), {
    id: newIdAt(at),
    ownerId,
    ...describe(content),
    state: 'uploading',
    previewMimeType: null,
    previewSizeBytes: null,
    previewWidth: null,
    previewHeight: null,
    uploadProcess,
    claimHash: null,
    chatId: null,
    keepUntil: new Date(Date.now() + UPLOAD_MS),
    createdAt: new Date(at),
  });
}

/** 160 random bits in hexadecimal. */
const randomName = (): string => randomBytes(RANDOM_BYTES).toString('hex');

const needsPreview = ({ previewPath, previewSizeBytes }: FileEntity): boolean =>
  previewPath !== null && previewSizeBytes === null;

const previewFacts = ({ previewMimeType, previewSizeBytes, previewWidth, previewHeight }: FileEntity) => ({
  previewMimeType,
  previewSizeBytes,
  previewWidth,
  previewHeight,
});
