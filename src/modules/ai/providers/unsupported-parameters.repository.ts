import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../../core/database/database.js';

const READ = statement(
  'ai_unsupported_parameters.read',
  'SELECT parameter FROM ai_unsupported_parameters WHERE base_url = $1 AND model = $2 AND known_until > now()',
);
const WRITE = statement(
  'ai_unsupported_parameters.write',
  `INSERT INTO ai_unsupported_parameters (base_url, model, parameter, known_until) VALUES ($1, $2, $3, now() + interval '1 day')
   ON CONFLICT (base_url, model, parameter) DO UPDATE SET known_until = excluded.known_until`,
);
const DELETE_EXPIRED = statement(
  'ai_unsupported_parameters.delete_expired',
  'DELETE FROM ai_unsupported_parameters WHERE known_until < now()',
);

@Injectable()
export class UnsupportedParametersRepository {
  constructor(private readonly database: Database) {}

  async read(baseUrl: string, model: string): Promise<string[]> {
    const rows = await this.database.query<{ parameter: string }>(READ, [baseUrl, model]);
    return rows.map(({ parameter }) => parameter);
  }

  /** Stores the parameter for a day. */
  async write(baseUrl: string, model: string, parameter: string): Promise<void> {
    await this.database.query(WRITE, [baseUrl, model, parameter]);
  }

  async deleteExpired(): Promise<void> {
    await this.database.query(DELETE_EXPIRED);
  }
}
