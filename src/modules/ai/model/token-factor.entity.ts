import { Column, Entity, PrimaryColumn } from 'typeorm';

/** How a model counts tokens, compared with our own counting; known to all processes. */
@Entity('ai_token_factors')
export class AiTokenFactorEntity {
  @PrimaryColumn('text')
  baseUrl: string;

  @PrimaryColumn('text')
  model: string;

  /** Tokens of the model's for one of ours. */
  @Column('double precision')
  factor: number;
}
