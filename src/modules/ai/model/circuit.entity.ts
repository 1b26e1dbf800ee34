import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { CircuitState } from './circuit.js';

/** How a key, or a model by a key, has been doing, shared by all processes. No row: nothing is wrong. */
@Entity('ai_circuits')
export class AiCircuitEntity {
  /** The unreadable name of server and key, alone or with a model. */
  @PrimaryColumn('text')
  id: string;

  @Column('jsonb')
  state: CircuitState;
}
