import { Column, Entity, PrimaryColumn, Unique } from 'typeorm';

/** A secondary token of the Platform API: as good as the master token, except that it makes no tokens; and it can be revoked. */
@Entity('api_tokens')
@Unique(['hash'])
export class ApiTokenEntity {
  @PrimaryColumn('text')
  id: string;

  @Column('bytea')
  hash: Buffer;

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;
}
