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
import { type IncomingFile, PartIntake } from './intake/part-intake.js';

/** Room for the heads of the parts and for fields, beside the files themselves. */
const FORM_BYTES = 1_048_576;
const FIELD = 'file';

export interface FormRules {
  /** The name of the parts that are files; `file` unless told. Files in other parts are read and dropped. */
  field?: string;
  maxFiles: number;
  /** Bytes of one file; as many as its kind may have, unless told. */
  maxFileBytes?: number;
  /** Whether a form without a file is refused. True unless told. */
  filesRequired?: boolean;
  maxFields?: number;
  /** Bytes of one field that is no file. */
  maxFieldBytes?: number;
}

export interface ReceivedForm {
  /** In the order of the form. */
  files: FileEntity[];
  /** The other fields. */
  fields: FormFields;
}

/** Uploads: whatever comes in is checked and stored as a whole, or leaves nothing behind. */
@Injectable()
export class UploadsService {
  /** How many uploads each user has under way in this process. */
  private readonly underWay = new Map<string, number>();

  constructor(
    private readonly intake: PartIntake,
    private readonly writer: FilesWriter,
    private readonly remover: FileRemover,
    private readonly config: ServiceConfig,
  ) {}

  /**
   * Reads a multipart request, and stores all of its files, or none.
   *
   * @throws DomainError as `readForm`, `PartIntake.take`, `FilesWriter.reserve` and `fill`; rate_limited `file.too_many_uploads`;
   *   invalid `file.none`
   */
  receive(uploader: Uploader, request: IncomingMessage, rules: FormRules): Promise<ReceivedForm> {
    const { field: fileField = FIELD, maxFiles, maxFileBytes, maxFields, maxFieldBytes, filesRequired = true } = rules;
    const maxBytes = maxFiles * (maxFileBytes ?? largestLimit(this.config.limits.file)) + FORM_BYTES;
    return this.counted(uploader, async () => {
      // By their place in the form: a small file is done before a large one that came earlier.
      const taken: (CheckedUpload | undefined)[] = [];
      try {
        const limits = { maxFiles, maxBytes, maxFields, maxFieldBytes };
        const fields = await readForm(request, limits, async ({ field, content, name, type }) => {
          if (field !== fileField) return;
          // What browsers send for a file input in which nothing was chosen.
          if (name === undefined && (await isEmpty(content))) return;
          const place = taken.push(undefined) - 1;
          taken[place] = await this.intake.take({ name, type, content, limitBytes: maxFileBytes });
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

  /** Stores one file from wherever it comes. @throws DomainError as `PartIntake.take`, `FilesWriter.reserve` and `fill` */
  receiveOne(uploader: Uploader, incoming: IncomingFile): Promise<FileEntity> {
    return this.counted(uploader, async () => {
      const upload = await this.intake.take(incoming);
      try {
        const [file] = await this.store(uploader, [upload]);
        return file;
      } finally {
        await rm(upload.tempPath, { force: true });
      }
    });
  }

  /** Takes back what was stored for something that did not come about. */
  async discard(files: readonly FileEntity[]): Promise<void> {
    if (files.length > 0) await this.remover.discard(files.map(({ id }) => id));
  }

  /** Does a user's upload unless too many are under way already. @throws DomainError rate_limited `file.too_many_uploads` */
  async counted<T>({ kind, id: ownerId }: Uploader, upload: () => Promise<T>): Promise<T> {
    if (kind === 'operator') return upload();
    const limit = this.config.limits.file.maxParallelUploads;
    const count = this.underWay.get(ownerId) ?? 0;
    if (count >= limit) throw tooManyUploads(limit);
    this.underWay.set(ownerId, count + 1);
    try {
      return await upload();
    } finally {
      const left = this.underWay.get(ownerId)! - 1;
      if (left > 0) this.underWay.set(ownerId, left);
      else this.underWay.delete(ownerId);
    }
  }

  private async store(uploader: Uploader, uploads: readonly CheckedUpload[]): Promise<FileEntity[]> {
    if (uploads.length === 0) return [];
    const files = await this.writer.reserve(uploader, uploads);
    try {
      return await this.writer.fill(files.map((file, index) => ({ file, upload: uploads[index] })));
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
