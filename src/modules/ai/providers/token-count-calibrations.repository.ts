import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../../core/database/database.js';

/** Weight of a new observation in the rolling average. */
const WEIGHT = 0.2;

const READ = statement(
  'ai_token_count_calibrations.read',
  'SELECT factor FROM ai_token_count_calibrations WHERE base_url = $1 AND model = $2',
);
const UPDATE = statement(
  'ai_token_count_calibrations.update',
  `INSERT INTO ai_token_count_calibrations AS known (base_url, model, factor) VALUES ($1, $2, $3)
   ON CONFLICT (base_url, model) DO UPDATE SET factor = known.factor + (excluded.factor - known.factor) * ${WEIGHT}
   RETURNING factor`,
);

@Injectable()
export class TokenCountCalibrationsRepository {
  constructor(private readonly database: Database) {}

  async read(baseUrl: string, model: string): Promise<number | undefined> {
    const [row] = await this.database.query<{ factor: number }>(READ, [baseUrl, model]);
    return row?.factor;
  }

  /** @returns the new factor: a rolling average */
  async update(baseUrl: string, model: string, observed: number): Promise<number> {
    const [{ factor }] = await this.database.query<{ factor: number }>(UPDATE, [baseUrl, model, observed]);
    return factor;
  }
}
