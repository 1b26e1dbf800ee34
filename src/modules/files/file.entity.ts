import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** Stored bytes, and what people call them. */
@Entity('files')
@Index('files_owner_id_id_idx', ['ownerId', 'id'])
export class FileEntity {
  @PrimaryColumn('text')
  id: string;

  @Column('text')
  ownerId: string;

  /** Relative to the files' root, with forward slashes: the path under which it is served. */
  @Column('text')
  path: string;

  /** As the uploader called it. */
  @Column('text')
  name: string;

  @Column('bigint')
  sizeBytes: number;

  @Column('text')
  mimeType: string;

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;
}
