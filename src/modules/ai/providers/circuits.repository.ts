import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../../core/database/database.js';
import { CLOSED, type CircuitState } from './circuit.entity.js';

const READ = statement('ai_circuits.read', 'SELECT id, state FROM ai_circuits WHERE id = ANY($1)');
const INSERT = statement(
  'ai_circuits.insert',
  'INSERT INTO ai_circuits (id, state) VALUES ($1, $2) ON CONFLICT DO NOTHING',
);
const LOCK = statement('ai_circuits.lock', 'SELECT state FROM ai_circuits WHERE id = $1 FOR UPDATE');
const WRITE = statement('ai_circuits.write', 'UPDATE ai_circuits SET state = $2 WHERE id = $1');
const CLOSE = statement(
  'ai_circuits.close',
  `DELETE FROM ai_circuits WHERE id = ANY($1) RETURNING id, (state->>'openUntil')::bigint > 0 AS "wasOpen"`,
);

interface CircuitRow {
  id: string;
  state: CircuitState;
}

@Injectable()
export class CircuitsRepository {
  constructor(private readonly database: Database) {}

  /** @returns the stored states, by id */
  async read(ids: readonly string[]): Promise<Map<string, CircuitState>> {
    const rows = await this.database.query<CircuitRow>(READ, [ids]);
    return new Map(rows.map(({ id, state }) => [id, state]));
  }

  /** Changes a state under a row lock. @returns the previous state; undefined if `change` returned undefined */
  change(id: string, change: (state: CircuitState) => CircuitState | undefined): Promise<CircuitState | undefined> {
    return this.database.transaction(async () => {
      await this.database.query(INSERT, [id, CLOSED]);
      const [{ state }] = await this.database.query<CircuitRow>(LOCK, [id]);
      const next = change(state);
      if (!next) return undefined;
      await this.database.query(WRITE, [id, next]);
      return state;
    });
  }

  /** Deletes the states. @returns the ids of those that were open */
  async close(ids: readonly string[]): Promise<string[]> {
    const rows = await this.database.query<{ id: string; wasOpen: boolean }>(CLOSE, [ids]);
    return rows.filter(({ wasOpen }) => wasOpen).map(({ id }) => id);
  }
}
