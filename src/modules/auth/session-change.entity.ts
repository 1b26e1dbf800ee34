import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/**
 * The time of the last change of a user's access: it was deactivated, activated or deleted, or its sessions were revoked. Every
 * process polls the newest rows. No foreign key: the user may be deleted.
 */
@Entity('session_changes')
@Index('session_changes_changed_at_idx', ['changedAt'])
export class SessionChangeEntity {
  @PrimaryColumn('text')
  userId: string;

  @Column('timestamptz')
  changedAt: Date;
}
