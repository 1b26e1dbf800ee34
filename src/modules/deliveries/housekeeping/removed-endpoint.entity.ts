import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A removed endpoint whose rows still exist. */
@Entity('removed_endpoints')
export class RemovedEndpointEntity {
  @PrimaryColumn('text')
  endpointId: string;

  @Column('text')
  botId: string;

  @Column('timestamptz', { default: () => 'now()' })
  removedAt: Date;
}
