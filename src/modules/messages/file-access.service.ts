import { Injectable } from '@nestjs/common';
import { Database, statement, together } from '../../core/database/database.js';
import type { Actor } from '../auth/index.js';
import { type FileInfo, fileNotFound, FilesService } from '../files/index.js';
import { isVisibleToUser } from './message-visibility.js';

// A file that is used in many messages is found by the first of them that is visible.
const USABLE = statement(
  'file_access.usable',
  `SELECT wanted.file_id AS "fileId", wanted.user_id AS "userId"
   FROM (SELECT DISTINCT * FROM unnest($1::text[], $2::text[]) AS pair (file_id, user_id)) wanted
   JOIN files ON files.id = wanted.file_id
   WHERE (NOT $3::boolean OR files.state = 'ready') AND (wanted.user_id IS NULL OR files.owner_id = wanted.user_id OR EXISTS (
     SELECT FROM file_uses used JOIN messages message ON message.id = used.message_id
     WHERE used.file_id = files.id AND message.removed_at IS NULL AND ${isVisibleToUser('message', 'wanted.user_id')}))`,
);

/** That a user wants to use a file; null for an API credential. */
export interface FileWish {
  fileId: string;
  userId: string | null;
}

/**
 * Who may use a file by its id: its uploader, and users who see a message with it. API credentials may use all. The path of a file is
 * another matter: it is random, and whoever has it may read the file, as pictures of users and chats are public.
 */
@Injectable()
export class FileAccessService {
  constructor(
    private readonly database: Database,
    private readonly files: FilesService,
  ) {}

  /** @returns which of these files, as far as they are ready, may be used */
  async usable(wishes: readonly FileWish[]): Promise<FileSet> {
    return new FileSet(wishes.length > 0 ? await this.find(wishes, true) : []);
  }

  /** How far a file has come, and links to it. @throws DomainError not_found `file.not_found`, also for a file of others */
  async info(actor: Actor, fileId: string): Promise<FileInfo> {
    const userId = actor.kind === 'operator' ? null : actor.id;
    const [info, usable] = await together([this.files.info(fileId), this.find([{ fileId, userId }], false)]);
    if (usable.length === 0) throw fileNotFound();
    return info;
  }

  private find(wishes: readonly FileWish[], readyOnly: boolean): Promise<FileWish[]> {
    return this.database.query<FileWish>(USABLE, [
      wishes.map(({ fileId }) => fileId),
      wishes.map(({ userId }) => userId),
      readyOnly,
    ]);
  }
}

/** Files, and by whom they may be used. */
export class FileSet {
  private readonly keys: ReadonlySet<string>;

  constructor(wishes: readonly FileWish[]) {
    this.keys = new Set(wishes.map(keyOf));
  }

  has(fileId: string, userId: string | null): boolean {
    return this.keys.has(keyOf({ fileId, userId }));
  }
}

const keyOf = ({ fileId, userId }: FileWish): string => JSON.stringify([fileId, userId]);
