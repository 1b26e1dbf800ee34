import { rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import { hashToken, randomHex } from '../../core/crypto/tokens.js';
import { DomainError } from '../../core/errors/domain.error.js';
import { PubSub } from '../../core/pubsub/pubsub.js';
import { isSafeImage } from './content/kinds.js';
import type { FileEntity } from './file.entity.js';
import { multipartInvalid, noFiles, sizeMismatch } from './file.errors.js';
import { FileRemover } from './file-remover.js';
import type { CheckedContent, CheckedUpload } from './file.types.js';
import { FilesWriter } from './files-writer.js';
import { fileTopic } from './files.service.js';
import { type FormFile, readForm } from './http/multipart.js';
import { UploadReceiver } from './intake/upload-receiver.js';
import type { UploadTask } from './upload-tasks.repository.js';
import { UploadTasksService } from './upload-tasks.service.js';
import { UploadsService } from './uploads.service.js';

const TOKEN_BYTES = 20;
/** Bytes for the preview and the part headers, in addition to the file. */
const EXTRA_BYTES = 4_194_304;
/** Bytes between two progress events. */
const PROGRESS_STEP_BYTES = 262_144;

/** The received files of a form. The next part arrives during the check of the previous one, so there can be more than allowed. */
interface ReceivedFiles {
  uploads: CheckedUpload[];
  previews: CheckedUpload[];
}

/** Receives the uploads of upload tasks. The file has a row from the first byte on, so that its progress can be published. */
@Injectable()
export class TaskUploadsService {
  constructor(
    private readonly tasks: UploadTasksService,
    private readonly uploads: UploadsService,
    private readonly intake: UploadReceiver,
    private readonly writer: FilesWriter,
    private readonly remover: FileRemover,
    private readonly pubsub: PubSub,
  ) {}

  /**
   * Reads the form of an upload task: the part `file` and an optional part `preview`.
   *
   * @returns the file and the token by which the task's owner claims it
   * @throws DomainError not_found `upload_task.not_found`; invalid `file.size_not_as_announced`; as `UploadsService.receive`
   */
  async receive(taskId: string, request: IncomingMessage): Promise<{ file: FileEntity; temporalFileId: string }> {
    const task = await this.tasks.consume(taskId);
    const uploader = { kind: 'bot', id: task.ownerId } as const;
    return this.uploads.withUploadSlot(uploader, async () => {
      const [file] = await this.writer.reserve(uploader, [declaredContent(task)]);
      const form: ReceivedFiles = { uploads: [], previews: [] };
      try {
        await this.read(request, task, file, form);
        const [upload] = form.uploads;
        const [preview] = form.previews;
        if (!upload) throw noFiles();
        if (form.uploads.length > 1) throw multipartInvalid('an upload task accepts one file');
        if (upload.sizeBytes !== task.sizeBytes) throw sizeMismatch(task.sizeBytes, upload.sizeBytes);
        const temporalFileId = randomHex(TOKEN_BYTES);
        await this.writer.updateContent(file, upload, preview !== undefined, hashToken(temporalFileId));
        await this.writer.store([{ file, upload, preview }]);
        return { file, temporalFileId };
      } catch (error) {
        await this.remover.discard([file.id]);
        throw error;
      } finally {
        const taken = [...form.uploads, ...form.previews];
        await Promise.all(taken.map(({ tempPath }) => rm(tempPath, { force: true })));
      }
    });
  }

  private async read(request: IncomingMessage, task: UploadTask, file: FileEntity, form: ReceivedFiles): Promise<void> {
    const limits = { maxFiles: 2, maxBytes: task.sizeBytes + EXTRA_BYTES };
    await readForm(request, limits, async (part) => {
      if (part.field === 'preview') form.previews.push(...(await this.takePreview(part)));
      if (part.field !== 'file') return;
      const onProgress = this.progressReporter(file.id);
      form.uploads.push(await this.intake.receive({ ...part, name: task.name || part.name, onProgress }));
    });
  }

  /** Drops an invalid preview; one is then generated if possible. */
  private async takePreview(part: FormFile): Promise<CheckedUpload[]> {
    try {
      const preview = await this.intake.receive({ ...part, name: undefined });
      if (isSafeImage(preview.mimeType)) return [preview];
      await rm(preview.tempPath, { force: true });
    } catch (error) {
      if (!(error instanceof DomainError) || error.kind !== 'invalid') throw error;
    }
    return [];
  }

  private progressReporter(fileId: string): (bytes: number) => void {
    let reported = 0;
    return (progress) => {
      if (progress - reported < PROGRESS_STEP_BYTES) return;
      reported = progress;
      this.pubsub.publish(fileTopic(fileId), { fileId, progress });
    };
  }
}

/** The declared properties of a file before its upload. */
const declaredContent = ({ name, sizeBytes }: UploadTask): CheckedContent => ({
  name: name || 'file',
  sizeBytes,
  mimeType: 'application/octet-stream',
  kind: 'other',
  extension: 'bin',
  width: null,
  height: null,
});
