import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Calibration of the token counts of a model, shared by all processes. */
@Entity('ai_token_count_calibrations')
export class AiTokenCountCalibrationEntity {
  @PrimaryColumn('text')
  baseUrl: string;

  @PrimaryColumn('text')
  model: string;

  /** Tokens reported by the model server per locally counted token. */
  @Column('double precision')
  factor: number;
}
