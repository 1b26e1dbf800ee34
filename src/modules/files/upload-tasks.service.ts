import { Injectable } from '@nestjs/common';
import { hashToken, randomHex } from '../../core/crypto/tokens.js';
import type { Actor } from '../auth/index.js';
import { cleanFileName } from './content/file-name.js';
import type { FileEntity } from './file.entity.js';
import { fileEmpty, fileNotFound, fileTooLarge, uploadTaskNotFound } from './file.errors.js';
import { FilesRepository } from './files.repository.js';
import { FilesService } from './files.service.js';
import { UploadReceiver } from './intake/upload-receiver.js';
import { type UploadTask, UploadTasksRepository } from './upload-tasks.repository.js';

/** Long enough to begin an upload, short enough to be useless in an old log. */
const TASK_LIFE_MS = 600_000;
const TOKEN_BYTES = 20;

/**
 * Uploads that carry no credential in the upload request:
 *
 *   create (with a credential) ─► task id ─► upload, once, with the task id alone ─► temporal file id
 *     ─► claim (with the credential again), once ─► the file, to send or to use as avatar
 *
 * Both ids are secrets of 160 bits; only their hashes are stored.
 */
@Injectable()
export class UploadTasksService {
  constructor(
    private readonly tasks: UploadTasksRepository,
    private readonly files: FilesRepository,
    private readonly limits: FilesService,
    private readonly intake: UploadReceiver,
  ) {}

  /**
   * Creates a task for one upload of the actor.
   *
   * @param sizeBytes the exact size of the file
   * @returns the task's id
   * @throws DomainError invalid `file.empty`, `file.too_large`, `file.type_not_allowed`
   */
  async create(actor: Actor, { name, sizeBytes }: { name?: string; sizeBytes: number }): Promise<string> {
    const { maxSize } = this.limits.uploadLimits();
    if (sizeBytes <= 0) throw fileEmpty();
    if (sizeBytes > maxSize) throw fileTooLarge('other', maxSize, sizeBytes);
    const cleanName = name === undefined ? '' : cleanFileName(name);
    if (cleanName !== '') this.intake.checkExtension(cleanName);
    const id = randomHex(TOKEN_BYTES);
    await this.tasks.insert(hashToken(id), { ownerId: actor.id, name: cleanName, sizeBytes }, TASK_LIFE_MS);
    return id;
  }

  /** Consumes a task. @throws DomainError not_found `upload_task.not_found` */
  async consume(id: string): Promise<UploadTask> {
    const task = await this.tasks.consume(hashToken(id));
    if (!task) throw uploadTaskNotFound();
    return task;
  }

  /** Returns an uploaded file to its uploader, once. @throws DomainError not_found `file.not_found` */
  async claim(actor: Actor, temporalFileId: string): Promise<FileEntity> {
    const file = await this.files.claim(hashToken(temporalFileId), actor.id);
    if (!file) throw fileNotFound();
    return file;
  }
}
