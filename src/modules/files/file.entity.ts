import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import type { FileKind, FileState } from './file.types.js';

/** Stored bytes, and what people call them. */
@Entity('files')
@Unique(['path'])
@Unique(['previewPath'])
@Unique(['claimHash'])
@Index('files_owner_id_id_idx', ['ownerId', 'id'])
@Index('files_chat_id_idx', ['chatId'], { where: 'chat_id IS NOT NULL' })
@Index('files_keep_until_idx', ['keepUntil'], { where: 'chat_id IS NULL' })
@Index('files_upload_process_idx', ['uploadProcess'], { where: 'upload_process IS NOT NULL' })
export class FileEntity {
  /** A ULID. To know it opens nothing: see `FileAccessService`. */
  @PrimaryColumn('text')
  id: string;

  /** The user who uploaded it; for operators the name of the credential. */
  @Column('text')
  ownerId: string;

  /** Under which it is kept, and served. Random, since whoever knows it may read the file: `static/images/<random>.png`. */
  @Column('text')
  path: string;

  /** As the uploader called it, made safe to show and to save under. */
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

  /** Pixels; null unless it is a picture that browsers show. */
  @Column('integer', { nullable: true })
  width: number | null;

  @Column('integer', { nullable: true })
  height: number | null;

  /** Where its preview is, or will be; null when it gets none. */
  @Column('text', { nullable: true })
  previewPath: string | null;

  @Column('text', { nullable: true })
  previewMimeType: string | null;

  /** Null as long as the preview is not made. */
  @Column('bigint', { nullable: true })
  previewSizeBytes: number | null;

  @Column('integer', { nullable: true })
  previewWidth: number | null;

  @Column('integer', { nullable: true })
  previewHeight: number | null;

  /** The process that is bringing the bytes, so that what a dead one has left can be told. */
  @Column('text', { nullable: true })
  uploadProcess: string | null;

  /** The hash of the word by which its uploader may use it once; see `UploadTasksService`. */
  @Column('bytea', { nullable: true })
  claimHash: Buffer | null;

  /** One of the chats that it is used in; null while it is used in none. */
  @Column('text', { nullable: true })
  chatId: string | null;

  /** Once it is used in no chat, it is removed after this; null for never. */
  @Column('timestamptz', { nullable: true })
  keepUntil: Date | null;

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;
}

/** That a message uses a file. No foreign key to the message, which ranks above: who removes one tells `FilesService.unlink`. */
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

/** That somebody shows a file as its picture: as long as anybody does, the file stays. */
@Entity('file_pictures')
@Index('file_pictures_file_id_idx', ['fileId'])
export class FilePictureEntity {
  /** `user:<id>` or `chat:<id>`. */
  @PrimaryColumn('text')
  holder: string;

  @Column('text')
  @ForeignKey('FileEntity', { onDelete: 'CASCADE' })
  fileId: string;
}

/** How many bytes somebody has stored: what the quota is counted by. */
@Entity('file_quotas')
export class FileQuotaEntity {
  @PrimaryColumn('text')
  ownerId: string;

  @Column('bigint')
  usedBytes: number;
}

/** A preview that is still to be made. */
@Entity('preview_jobs')
@Index('preview_jobs_due_at_idx', ['dueAt'])
export class PreviewJobEntity {
  @PrimaryColumn('text')
  @ForeignKey('FileEntity', { onDelete: 'CASCADE' })
  fileId: string;

  /** When it wants a worker; moved on while one is at it. Database clock. */
  @Column('timestamptz', { default: () => 'now()' })
  dueAt: Date;

  @Column('integer', { default: 0 })
  tries: number;

  /** The process that is making it. */
  @Column('text', { nullable: true })
  maker: string | null;

  /** When its bell was last rung: a lost one is rung again. */
  @Column('timestamptz', { nullable: true })
  rungAt: Date | null;
}

/** A leave to upload one file without any other credential. */
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
