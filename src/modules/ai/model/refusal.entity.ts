import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A parameter that a model does not take, shared by all processes. */
@Entity('ai_refusals')
export class AiRefusalEntity {
  @PrimaryColumn('text')
  baseUrl: string;

  @PrimaryColumn('text')
  model: string;

  @PrimaryColumn('text')
  parameter: string;

  /** Then it is tried again. */
  @Column('timestamptz')
  knownUntil: Date;
}
