import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { CircuitState } from './circuit-state.js';

/** Circuit state of a key, or of a model with a key, shared by all processes. No row means closed. */
@Entity('ai_circuits')
export class AiCircuitEntity {
  /** Hash of server and key, alone or followed by the model. */
  @PrimaryColumn('text')
  id: string;

  @Column('jsonb')
  state: CircuitState;
}
