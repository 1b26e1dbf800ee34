import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Circuit state of a key, or of a model with a key. Times in milliseconds since 1970. */
export interface CircuitState {
  /** Times of the failures in the last 30 s. */
  failures: number[];
  /** No requests before; 0 for a closed circuit. */
  openUntil: number;
  /** A probe request is in progress; no other requests before. */
  probeUntil: number;
  /** Why it opened. */
  reason: string;
}

export const CLOSED: CircuitState = { failures: [], openUntil: 0, probeUntil: 0, reason: '' };

/** Circuit state of a key, or of a model with a key, shared by all processes. No row means closed. */
@Entity('ai_circuits')
export class AiCircuitEntity {
  /** Hash of server and key, alone or followed by the model. */
  @PrimaryColumn('text')
  id: string;

  @Column('jsonb')
  state: CircuitState;
}
