import { rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import { ServiceConfig } from '../../core/config/service-config.js';
import { largestLimit } from './content/kinds.js';
import type { FileEntity } from './file.entity.js';
import { noFiles, tooManyUploads } from './file.errors.js';
import { FileRemover } from './file-remover.js';
import type { CheckedUpload, Uploader } from './file.types.js';
import { FilesWriter } from './files-writer.js';
import { type FormFields, readForm } from './http/multipart.js';
import { type IncomingFile, UploadReceiver } from './intake/upload-receiver.js';

/** Bytes for part headers and fields, in addition to the files. */
const FORM_BYTES = 1_048_576;
const FIELD = 'file';

export interface FormRules {
  /** Name of the file parts; default `file`. Files in other parts are discarded. */
  field?: string;
  maxFiles: number;
  /** Bytes of one file; default: the limit of its kind. */
  maxFileBytes?: number;
  /** Whether a form without a file is rejected; default true. */
  filesRequired?: boolean;
  maxFields?: number;
  /** Bytes of one text field. */
  maxFieldBytes?: number;
}

export interface ReceivedForm {
  /** In the order of the form. */
  files: FileEntity[];
  /** The text fields. */
  fields: FormFields;
}

/** Receives, checks and stores uploads, all or nothing. */
@Injectable()
export class UploadsService {
  /** Active uploads per user in this process. */
  private readonly activeUploads = new Map<string, number>();

  constructor(
    private readonly intake: UploadReceiver,
    private readonly writer: FilesWriter,
    private readonly remover: FileRemover,
    private readonly config: ServiceConfig,
  ) {}

  /**
   * Reads a multipart request and stores all of its files or none.
   *
   * @throws DomainError as `readForm`, `UploadReceiver.receive`, `FilesWriter.reserve` and `store`; rate_limited `file.too_many_uploads`;
   *   invalid `file.none`
   */
  receive(uploader: Uploader, request: IncomingMessage, rules: FormRules): Promise<ReceivedForm> {
    const { field: fileField = FIELD, maxFiles, maxFileBytes, maxFields, maxFieldBytes, filesRequired = true } = rules;
    const maxBytes = maxFiles * (maxFileBytes ?? largestLimit(this.config.limits.file)) + FORM_BYTES;
    return this.withUploadSlot(uploader, async () => {
      // In form order: a small file can complete before a large one that precedes it.
      const taken: (CheckedUpload | undefined)[] = [];
      try {
        const limits = { maxFiles, maxBytes, maxFields, maxFieldBytes };
        const fields = await readForm(request, limits, async ({ field, content, name, type }) => {
          if (field !== fileField) return;
          // Browsers send an empty part for a file input without a selection.
          if (name === undefined && (await isEmpty(content))) return;
          const place = taken.push(undefined) - 1;
          taken[place] = await this.intake.receive({ name, type, content, limitBytes: maxFileBytes });
        });
        const uploads = taken.filter((upload) => upload !== undefined);
        if (uploads.length === 0 && filesRequired) throw noFiles();
        return { files: await this.store(uploader, uploads), fields };
      } finally {
        const temps = taken.flatMap((upload) => upload?.tempPath ?? []);
        await Promise.all(temps.map((path) => rm(path, { force: true })));
      }
    });
  }

  /** Receives and stores one file. @throws DomainError as `UploadReceiver.receive`, `FilesWriter.reserve` and `store` */
  receiveOne(uploader: Uploader, incoming: IncomingFile): Promise<FileEntity> {
    return this.withUploadSlot(uploader, async () => {
      const upload = await this.intake.receive(incoming);
      try {
        const [file] = await this.store(uploader, [upload]);
        return file;
      } finally {
        await rm(upload.tempPath, { force: true });
      }
    });
  }

  /** Deletes the files of a request that failed. */
  async discard(files: readonly FileEntity[]): Promise<void> {
    if (files.length > 0) await this.remover.discard(files.map(({ id }) => id));
  }

  /** Runs an upload within the user's limit of parallel uploads. @throws DomainError rate_limited `file.too_many_uploads` */
  async withUploadSlot<T>({ kind, id: ownerId }: Uploader, upload: () => Promise<T>): Promise<T> {
    if (kind === 'service') return upload();
    const limit = this.config.limits.file.maxParallelUploads;
    const count = this.activeUploads.get(ownerId) ?? 0;
    if (count >= limit) throw tooManyUploads(limit);
    this.activeUploads.set(ownerId, count + 1);
    try {
      return await upload();
    } finally {
      const left = this.activeUploads.get(ownerId)! - 1;
      if (left > 0) this.activeUploads.set(ownerId, left);
      else this.activeUploads.delete(ownerId);
    }
  }

  private async store(uploader: Uploader, uploads: readonly CheckedUpload[]): Promise<FileEntity[]> {
    if (uploads.length === 0) return [];
    const files = await this.writer.reserve(uploader, uploads);
    try {
      return await this.writer.store(files.map((file, index) => ({ file, upload: uploads[index] })));
    } catch (error) {
      await this.remover.discard(files.map(({ id }) => id));
      throw error;
    }
  }
}

async function isEmpty(content: IncomingFile['content']): Promise<boolean> {
  for await (const chunk of content.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    content.unshift(chunk);
    return false;
  }
  return true;
}
