import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import type { FileKind, FileState } from './file.types.js';

/** A stored file. */
@Entity('files')
@Unique(['path'])
@Unique(['previewPath'])
@Unique(['claimHash'])
@Index('files_owner_id_id_idx', ['ownerId', 'id'])
@Index('files_chat_id_idx', ['chatId'], { where: 'chat_id IS NOT NULL' })
@Index('files_keep_until_idx', ['keepUntil'], { where: 'chat_id IS NULL' })
@Index('files_upload_process_idx', ['uploadProcess'], { where: 'upload_process IS NOT NULL' })
export class FileEntity {
  /** A ULID. Knowing it gives no access: see `FileAccessService`. */
  @PrimaryColumn('text')
  id: string;

  /** The uploader; for services the name of the credential. */
  @Column('text')
  ownerId: string;

  /** Storage key and URL path. Random, since the path gives read access: `static/images/<random>.png`. */
  @Column('text')
  path: string;

  /** Name given by the uploader, sanitized. */
  @Column('text')
  name: string;

  @Column('bigint')
  sizeBytes: number;

  @Column('text')
  mimeType: string;

  @Column('text', { default: 'other' })
  kind: FileKind;

  @Column('text', { default: 'ready' })
  state: FileState;

  /** Pixels; null unless the file is an image that browsers display. */
  @Column('integer', { nullable: true })
  width: number | null;

  @Column('integer', { nullable: true })
  height: number | null;

  /** Path of the preview, also before it is generated; null if there will be none. */
  @Column('text', { nullable: true })
  previewPath: string | null;

  @Column('text', { nullable: true })
  previewMimeType: string | null;

  /** Null until the preview is generated. */
  @Column('bigint', { nullable: true })
  previewSizeBytes: number | null;

  @Column('integer', { nullable: true })
  previewWidth: number | null;

  @Column('integer', { nullable: true })
  previewHeight: number | null;

  /** The process that receives the upload; identifies the remains of dead processes. */
  @Column('text', { nullable: true })
  uploadProcess: string | null;

  /** Hash of the one-time token by which the uploader claims the file; see `UploadTasksService`. */
  @Column('bytea', { nullable: true })
  claimHash: Buffer | null;

  /** One of the chats that use the file; null if none does. */
  @Column('text', { nullable: true })
  chatId: string | null;

  /** An unused file is deleted after this time; null for never. */
  @Column('timestamptz', { nullable: true })
  keepUntil: Date | null;

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;
}

/** Use of a file by a message. No foreign key to the message, whose module ranks above: deletions call `FilesService.unlink`. */
@Entity('file_uses')
@Index('file_uses_chat_id_idx', ['chatId'])
@Index('file_uses_message_id_idx', ['messageId'])
export class FileUseEntity {
  @PrimaryColumn('text')
  @ForeignKey('FileEntity', { onDelete: 'CASCADE' })
  fileId: string;

  @PrimaryColumn('text')
  messageId: string;

  @Column('text')
  chatId: string;
}

/** Use of a file as the image of a user or a chat; keeps the file. */
@Entity('file_image_uses')
@Index('file_image_uses_file_id_idx', ['fileId'])
export class FileImageUseEntity {
  /** `user:<id>` or `chat:<id>`. */
  @PrimaryColumn('text')
  holder: string;

  @Column('text')
  @ForeignKey('FileEntity', { onDelete: 'CASCADE' })
  fileId: string;
}

/** Bytes stored by an owner, counted against the quota. */
@Entity('file_quotas')
export class FileQuotaEntity {
  @PrimaryColumn('text')
  ownerId: string;

  @Column('bigint')
  usedBytes: number;
}

/** A preview that is not generated yet. */
@Entity('preview_jobs')
@Index('preview_jobs_due_at_idx', ['dueAt'])
export class PreviewJobEntity {
  @PrimaryColumn('text')
  @ForeignKey('FileEntity', { onDelete: 'CASCADE' })
  fileId: string;

  /** Due time; end of the lease while a worker generates the preview. Database clock. */
  @Column('timestamptz', { default: () => 'now()' })
  dueAt: Date;

  @Column('integer', { default: 0 })
  tries: number;

  /** The process that generates it. */
  @Column('text', { nullable: true })
  claimedBy: string | null;

  /** Time of the last wake-up; a lost one is enqueued again. */
  @Column('timestamptz', { nullable: true })
  wakeupSentAt: Date | null;
}

/** Permission to upload one file without another credential. */
@Entity('upload_tasks')
@Index('upload_tasks_expires_at_idx', ['expiresAt'])
export class UploadTaskEntity {
  @PrimaryColumn('bytea')
  idHash: Buffer;

  @Column('text')
  ownerId: string;

  @Column('text')
  name: string;

  @Column('bigint')
  sizeBytes: number;

  @Column('timestamptz')
  expiresAt: Date;
}
