import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/**
 * When the access of a user last changed: it was deactivated, activated or deleted, or its sessions were ended. Every process reads
 * what is new here. It has no reference to the user, which may be deleted.
 */
@Entity('session_changes')
@Index('session_changes_changed_at_idx', ['changedAt'])
export class SessionChangeEntity {
  @PrimaryColumn('text')
  userId: string;

  @Column('timestamptz')
  changedAt: Date;
}
