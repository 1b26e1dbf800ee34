import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../../core/database/database.js';
import { CLOSED, type CircuitState } from './circuit.js';

const READ = statement('ai_circuits.read', 'SELECT id, state FROM ai_circuits WHERE id = ANY($1)');
const MAKE = statement(
  'ai_circuits.make',
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

  /** Those that are not quite well, by id. */
  async read(ids: readonly string[]): Promise<Map<string, CircuitState>> {
    const rows = await this.database.query<CircuitRow>(READ, [ids]);
    return new Map(rows.map(({ id, state }) => [id, state]));
  }

  /** Changes one, while nobody else does. @returns what it was; undefined when `change` has left it so */
  change(id: string, change: (state: CircuitState) => CircuitState | undefined): Promise<CircuitState | undefined> {
    return this.database.transaction(async () => {
      await this.database.query(MAKE, [id, CLOSED]);
      const [{ state }] = await this.database.query<CircuitRow>(LOCK, [id]);
      const next = change(state);
      if (!next) return undefined;
      await this.database.query(WRITE, [id, next]);
      return state;
    });
  }

  /** @returns those that were open */
  async close(ids: readonly string[]): Promise<string[]> {
    const rows = await this.database.query<{ id: string; wasOpen: boolean }>(CLOSE, [ids]);
    return rows.filter(({ wasOpen }) => wasOpen).map(({ id }) => id);
  }
}
