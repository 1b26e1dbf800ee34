import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../core/database/database.js';
import { columnList } from '../../core/database/entity-columns.js';
import { isLiveChat, isNotErased } from '../chats/index.js';
import { FileEntity, PreviewJobEntity } from './file.entity.js';

// One row per owner. Its lock serializes charges, so concurrent uploads cannot exceed the quota.
const CHARGE = statement(
  'files.charge',
  `INSERT INTO file_quotas AS quota (owner_id, used_bytes) SELECT $1::text, $2::bigint WHERE $2::bigint <= $3::bigint
   ON CONFLICT (owner_id) DO UPDATE SET used_bytes = quota.used_bytes + excluded.used_bytes
     WHERE quota.used_bytes + excluded.used_bytes <= $3::bigint
   RETURNING 1`,
);

const FINISH = statement(
  'files.finish',
  `UPDATE files SET state = 'ready', upload_process = NULL, keep_until = now() + interval '1 day'
   WHERE id = ANY($1) AND state = 'uploading' RETURNING id`,
);

const COLUMNS = columnList(FileEntity);

/**
 * Excludes files of deleted chats, unless another chat uses them, and files of deleted users, also before the deletion task has
 * released them.
 */
const IN_LIVE_CHAT = (files: string): string =>
  `(${files}.chat_id IS NULL
    OR (SELECT true FROM chats c WHERE c.id = ${files}.chat_id AND ${isLiveChat('c')})
    OR (SELECT true FROM file_uses used JOIN chats c ON c.id = used.chat_id
        WHERE used.file_id = ${files}.id AND ${isLiveChat('c')} LIMIT 1))
   AND ${isNotErased(`${files}.owner_id`, `${files}.created_at`)}`;

const BY_PATH = statement(
  'files.by_path',
  `SELECT ${COLUMNS} FROM files WHERE state = 'ready'
     AND (path = $1 OR (preview_path = $1 AND preview_size_bytes IS NOT NULL)) AND ${IN_LIVE_CHAT('files')}`,
);
const CLAIM = statement(
  'files.claim',
  `UPDATE files SET claim_hash = NULL WHERE claim_hash = $1 AND owner_id = $2 AND state = 'ready' RETURNING ${COLUMNS}`,
);

/**
 * The foreign key locks the key of the file's row until this commits. `keep_until` is reduced to now, so a file is deleted once
 * its last use is.
 */
const LINK = statement(
  'files.link',
  `WITH used AS (
     INSERT INTO file_uses (file_id, message_id, chat_id)
     SELECT wanted.* FROM unnest($1::text[], $2::text[], $3::text[]) AS wanted (file_id, message_id, chat_id)
     JOIN files ON files.id = wanted.file_id AND files.state = 'ready'
     ON CONFLICT DO NOTHING RETURNING file_id, chat_id
   )
   UPDATE files SET chat_id = used.chat_id,
     keep_until = CASE WHEN keep_until IS NOT NULL THEN least(keep_until, clock_timestamp()) END
   FROM used WHERE files.id = used.file_id AND files.chat_id IS NULL`,
);
// The statement still sees the rows that it deletes; they must not become the chat of a file.
const UNLINK = statement(
  'files.unlink',
  `WITH freed AS (DELETE FROM file_uses WHERE message_id = ANY($1) RETURNING file_id)
   UPDATE files SET chat_id = (
     SELECT chat_id FROM file_uses WHERE file_id = files.id AND message_id <> ALL($1) LIMIT 1)
   FROM freed WHERE files.id = freed.file_id`,
);

/** Use of a file by a message. */
export interface FileUse {
  fileId: string;
  messageId: string;
  chatId: string;
}

/** Rows of files. `RemovalsRepository` deletes them. */
@Injectable()
export class FilesRepository {
  constructor(private readonly database: Database) {}

  /** @returns false, without a charge, if the owner would exceed `limitBytes` */
  async charge(ownerId: string, bytes: number, limitBytes: number): Promise<boolean> {
    return (await this.database.query(CHARGE, [ownerId, bytes, limitBytes])).length === 1;
  }

  async insert(files: readonly FileEntity[]): Promise<void> {
    await this.database.manager.insert(FileEntity, [...files]);
  }

  async update(id: string, changes: Partial<FileEntity>): Promise<void> {
    await this.database.manager.update(FileEntity, { id }, changes);
  }

  /** Marks uploads as ready. @returns how many; uploads abandoned meanwhile are not */
  async finish(ids: readonly string[]): Promise<number> {
    return (await this.database.query(FINISH, [ids])).length;
  }

  async insertPreviewJobs(fileIds: readonly string[]): Promise<void> {
    if (fileIds.length > 0)
      await this.database.manager.insert(
        PreviewJobEntity,
        fileIds.map((fileId) => ({ fileId })),
      );
  }

  /** Finds a file in any state. */
  find(id: string): Promise<FileEntity | null> {
    return this.database.manager
      .createQueryBuilder(FileEntity, 'file')
      .where('file.id = :id', { id })
      .andWhere(IN_LIVE_CHAT('file'))
      .getOne();
  }

  /** Finds ready files. */
  findMany(ids: readonly string[]): Promise<FileEntity[]> {
    return this.database.manager
      .createQueryBuilder(FileEntity, 'file')
      .where(`file.id = ANY(:ids) AND file.state = 'ready'`, { ids })
      .andWhere(IN_LIVE_CHAT('file'))
      .getMany();
  }

  /** Finds the ready file with this path or preview path. */
  async findByPath(path: string): Promise<FileEntity | undefined> {
    const [file] = await this.database.query<FileEntity>(BY_PATH, [path]);
    return file;
  }

  /** Returns the file of a one-time claim token and invalidates the token. */
  async claim(hash: Buffer, ownerId: string): Promise<FileEntity | undefined> {
    const [file] = await this.database.query<FileEntity>(CLAIM, [hash, ownerId]);
    return file;
  }

  async link(uses: readonly FileUse[]): Promise<void> {
    await this.database.query(LINK, [
      uses.map(({ fileId }) => fileId),
      uses.map(({ messageId }) => messageId),
      uses.map(({ chatId }) => chatId),
    ]);
  }

  async unlink(messageIds: readonly string[]): Promise<void> {
    await this.database.query(UNLINK, [messageIds]);
  }
}
