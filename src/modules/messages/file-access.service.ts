import { Injectable } from '@nestjs/common';
import { Database, statement, settleAll } from '../../core/database/database.js';
import type { Actor } from '../auth/index.js';
import { type FileInfo, fileNotFound, FilesService } from '../files/index.js';
import { isVisibleToUser } from './message-visibility.js';

// Stops at the first visible message that uses the file.
const ACCESSIBLE = statement(
  'file_access.accessible',
  `SELECT wanted.file_id AS "fileId", wanted.user_id AS "userId"
   FROM (SELECT DISTINCT * FROM unnest($1::text[], $2::text[]) AS pair (file_id, user_id)) wanted
   JOIN files ON files.id = wanted.file_id
   WHERE (NOT $3::boolean OR files.state = 'ready') AND (wanted.user_id IS NULL OR files.owner_id = wanted.user_id OR EXISTS (
     SELECT FROM file_uses used JOIN messages message ON message.id = used.message_id
     WHERE used.file_id = files.id AND message.removed_at IS NULL AND ${isVisibleToUser('message', 'wanted.user_id')}))`,
);

/** A request of a user to use a file; the user is null for an API credential. */
export interface FileAccessRequest {
  fileId: string;
  userId: string | null;
}

/**
 * Access to files by id: for their uploader and for users who see a message with the file. API credentials can use all files. The path
 * of a file needs no check: it is random, and grants access by itself, as images of users and chats are public.
 */
@Injectable()
export class FileAccessService {
  constructor(
    private readonly database: Database,
    private readonly files: FilesService,
  ) {}

  /** @returns those of these files that are ready and accessible */
  async findAccessible(requests: readonly FileAccessRequest[]): Promise<FileSet> {
    return new FileSet(requests.length > 0 ? await this.find(requests, true) : []);
  }

  /** The state of a file, and its links. @throws DomainError not_found `file.not_found`, also for an inaccessible file */
  async getInfo(actor: Actor, fileId: string): Promise<FileInfo> {
    const userId = actor.kind === 'service' ? null : actor.id;
    const [info, usable] = await settleAll([this.files.info(fileId), this.find([{ fileId, userId }], false)]);
    if (usable.length === 0) throw fileNotFound();
    return info;
  }

  private find(requests: readonly FileAccessRequest[], readyOnly: boolean): Promise<FileAccessRequest[]> {
    return this.database.query<FileAccessRequest>(ACCESSIBLE, [
      requests.map(({ fileId }) => fileId),
      requests.map(({ userId }) => userId),
      readyOnly,
    ]);
  }
}

/** Files with the users who can use them. */
export class FileSet {
  private readonly keys: ReadonlySet<string>;

  constructor(requests: readonly FileAccessRequest[]) {
    this.keys = new Set(requests.map(keyOf));
  }

  has(fileId: string, userId: string | null): boolean {
    return this.keys.has(keyOf({ fileId, userId }));
  }
}

const keyOf = ({ fileId, userId }: FileAccessRequest): string => JSON.stringify([fileId, userId]);
