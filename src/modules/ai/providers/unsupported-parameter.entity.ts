import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A parameter that a model does not support, shared by all processes. */
@Entity('ai_unsupported_parameters')
export class AiUnsupportedParameterEntity {
  @PrimaryColumn('text')
  baseUrl: string;

  @PrimaryColumn('text')
  model: string;

  @PrimaryColumn('text')
  parameter: string;

  /** The parameter is sent again after this time. */
  @Column('timestamptz')
  knownUntil: Date;
}
