import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../../core/database/database.js';

/** Weight of a new observation in the rolling average. */
const WEIGHT = 0.2;

const READ = statement(
  'ai_token_factors.read',
  'SELECT factor FROM ai_token_factors WHERE base_url = $1 AND model = $2',
);
const LEARN = statement(
  'ai_token_factors.learn',
  `INSERT INTO ai_token_factors AS known (base_url, model, factor) VALUES ($1, $2, $3)
   ON CONFLICT (base_url, model) DO UPDATE SET factor = known.factor + (excluded.factor - known.factor) * ${WEIGHT}
   RETURNING factor`,
);

@Injectable()
export class TokenFactorsRepository {
  constructor(private readonly database: Database) {}

  async read(baseUrl: string, model: string): Promise<number | undefined> {
    const [row] = await this.database.query<{ factor: number }>(READ, [baseUrl, model]);
    return row?.factor;
  }

  /** @returns the new factor: a rolling average */
  async learn(baseUrl: string, model: string, observed: number): Promise<number> {
    const [{ factor }] = await this.database.query<{ factor: number }>(LEARN, [baseUrl, model, observed]);
    return factor;
  }
}
