import { Injectable } from '@nestjs/common';
import { ServiceConfig } from '../../core/config/service-config.js';
import { Settings } from '../../core/config/settings.js';
import { largestLimit } from './content/kinds.js';
import type { FileEntity } from './file.entity.js';
import { fileNotFound } from './file.errors.js';
import { FileLinks, type LinkQuery, type LinkTarget } from './file-links.js';
import { READY_STATE, type ReadyState } from './file.types.js';
import { type FileUse, FilesRepository } from './files.repository.js';

/** Base path of the connector's signed file links. */
export const SIGNED_FILES_PATH = '/bridge/api/client/v1/files';

/** A file with its upload state and signed links. */
export interface FileInfo {
  file: FileEntity;
  readyState: ReadyState;
  /** Absolute; undefined until the file is ready. */
  downloadUrl: string | undefined;
  /** Absolute; undefined until there is a preview. */
  previewUrl: string | undefined;
}

/** Limits of uploads. */
export interface UploadLimits {
  /** Bytes. */
  maxSize: number;
  extensions: { mode: 'allow' | 'block'; list: string[] } | null;
}

/** Live topic of a file: `{fileId, progress}` in bytes during the upload, and once more when the file is ready. */
export const fileTopic = (fileId: string): string => `file:${fileId}`;

/** Reads stored files. `UploadsService` and `UploadTasksService` create them. */
@Injectable()
export class FilesService {
  constructor(
    private readonly files: FilesRepository,
    private readonly links: FileLinks,
    private readonly settings: Settings,
    private readonly config: ServiceConfig,
  ) {}

  /** @returns the ready files by id */
  async findMany(ids: Iterable<string>): Promise<Map<string, FileEntity>> {
    const unique = [...new Set(ids)];
    if (unique.length === 0) return new Map();
    return new Map((await this.files.findMany(unique)).map((file) => [file.id, file]));
  }

  /** Returns the file with this path or preview path. @throws DomainError not_found `file.not_found` */
  async getByPath(path: string): Promise<FileEntity> {
    const file = await this.files.findByPath(path);
    if (!file) throw fileNotFound();
    return file;
  }

  /**
   * Returns the file of a signed link.
   *
   * @throws DomainError not_found `file.not_found`; forbidden `file.link_expired`
   */
  async getByLink(id: string, target: LinkTarget, query: LinkQuery): Promise<FileEntity> {
    this.links.check(id, target, query);
    const file = await this.files.find(id);
    if (file?.state !== 'ready' || (target === 'preview' && file.previewSizeBytes === null)) throw fileNotFound();
    return file;
  }

  /** Returns a file with its upload state. `FileAccessService` checks access. @throws DomainError not_found `file.not_found` */
  async info(id: string): Promise<FileInfo> {
    const file = await this.files.find(id);
    if (!file) throw fileNotFound();
    const isReady = file.state === 'ready';
    const hasPreview = isReady && file.previewSizeBytes !== null;
    return {
      file,
      readyState: READY_STATE[isReady ? 'ready' : file.state === 'uploading' ? 'uploading' : 'notAvailable'],
      downloadUrl: isReady ? this.signedUrl(id, 'file') : undefined,
      previewUrl: hasPreview ? this.signedUrl(id, 'preview') : undefined,
    };
  }

  uploadLimits(): UploadLimits {
    const { extensions } = this.config.limits.file;
    return {
      maxSize: largestLimit(this.config.limits.file),
      extensions: extensions ? { mode: extensions.mode, list: [...extensions.list] } : null,
    };
  }

  /** Records uses of files by messages, which keep the files. Runs in the transaction of the messages. */
  async link(uses: readonly FileUse[]): Promise<void> {
    if (uses.length > 0) await this.files.link(uses);
  }

  /** Releases the files of deleted messages. The next cleaning deletes those without other uses. */
  async unlink(messageIds: readonly string[]): Promise<void> {
    if (messageIds.length > 0) await this.files.unlink(messageIds);
  }

  private signedUrl(id: string, target: LinkTarget): string {
    const path = target === 'preview' ? `${id}/preview` : id;
    return `${this.settings.publicUrl}${SIGNED_FILES_PATH}/${path}?${this.links.sign(id, target)}`;
  }
}
