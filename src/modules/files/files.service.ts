import { Injectable } from '@nestjs/common';
import { ServiceConfig } from '../../core/config/service-config.js';
import { Settings } from '../../core/config/settings.js';
import { largestLimit } from './content/kinds.js';
import type { FileEntity } from './file.entity.js';
import { fileNotFound } from './file.errors.js';
import { FileLinks, type LinkQuery, type LinkTarget } from './file-links.js';
import { READY_STATE, type ReadyState } from './file.types.js';
import { type FileUse, FilesRepository } from './files.repository.js';

/** The path under which the connector's links lead to files. */
export const SIGNED_FILES_PATH = '/bridge/api/client/v1/files';

/** A file, how far it has come, and where it is to be had without a credential. */
export interface FileInfo {
  file: FileEntity;
  readyState: ReadyState;
  /** Absolute; undefined until the file is ready. */
  downloadUrl: string | undefined;
  /** Absolute; undefined as long as there is no preview. */
  previewUrl: string | undefined;
}

/** What may be uploaded. */
export interface UploadLimits {
  /** Bytes. */
  maxSize: number;
  extensions: { mode: 'allow' | 'block'; list: string[] } | null;
}

/** The live topic of a file: `{fileId, progress}` while it is uploaded, in bytes so far, and once more when it is ready. */
export const fileTopic = (fileId: string): string => `file:${fileId}`;

/** Stored files. How they come to be is in `UploadsService` and `UploadTasksService`. */
@Injectable()
export class FilesService {
  constructor(
    private readonly files: FilesRepository,
    private readonly links: FileLinks,
    private readonly settings: Settings,
    private readonly config: ServiceConfig,
  ) {}

  /** @returns those that are there to be had, by id */
  async findMany(ids: Iterable<string>): Promise<Map<string, FileEntity>> {
    const unique = [...new Set(ids)];
    if (unique.length === 0) return new Map();
    return new Map((await this.files.findMany(unique)).map((file) => [file.id, file]));
  }

  /** The file at this path, or whose preview is there. @throws DomainError not_found `file.not_found` */
  async getByPath(path: string): Promise<FileEntity> {
    const file = await this.files.findByPath(path);
    if (!file) throw fileNotFound();
    return file;
  }

  /**
   * The file that a signed link leads to.
   *
   * @throws DomainError not_found `file.not_found`; forbidden `file.link_expired`
   */
  async getByLink(id: string, target: LinkTarget, query: LinkQuery): Promise<FileEntity> {
    this.links.check(id, target, query);
    const file = await this.files.find(id);
    if (file?.state !== 'ready' || (target === 'preview' && file.previewSizeBytes === null)) throw fileNotFound();
    return file;
  }

  /** How far a file has come. Who may ask is for `FileAccessService`. @throws DomainError not_found `file.not_found` */
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

  /** Takes note that messages use files: from now on these stay as long as the chats do. Belongs into the messages' transaction. */
  async link(uses: readonly FileUse[]): Promise<void> {
    if (uses.length > 0) await this.files.link(uses);
  }

  /** Lets go of the files of messages that are removed. What no other message uses goes with the next cleaning. */
  async unlink(messageIds: readonly string[]): Promise<void> {
    if (messageIds.length > 0) await this.files.unlink(messageIds);
  }

  private signedUrl(id: string, target: LinkTarget): string {
    const path = target === 'preview' ? `${id}/preview` : id;
    return `${this.settings.publicUrl}${SIGNED_FILES_PATH}/${path}?${this.links.sign(id, target)}`;
  }
}
