import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../core/database/database.js';
import { type BodyFormat, BotEndpointEntity, type Transport } from './bot-endpoint.entity.js';

const INSERT = statement(
  'bots.insert_endpoint',
  `INSERT INTO bot_endpoints (id, bot_id, transport, format, url, signing_secret_encrypted, authorization_encrypted, ai,
                              generation, created_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
);
const DELETE = statement('bots.delete_endpoint', 'DELETE FROM bot_endpoints WHERE id = $1');

@Injectable()
export class BotEndpointsRepository {
  constructor(private readonly database: Database) {}

  find(botId: string, transport: Transport, format: BodyFormat): Promise<BotEndpointEntity | null> {
    return this.database.manager.findOneBy(BotEndpointEntity, { botId, transport, format });
  }

  findById(id: string): Promise<BotEndpointEntity | null> {
    return this.database.manager.findOneBy(BotEndpointEntity, { id });
  }

  async insert(endpoint: BotEndpointEntity): Promise<void> {
    await this.database.query(INSERT, [
      endpoint.id,
      endpoint.botId,
      endpoint.transport,
      endpoint.format,
      endpoint.url,
      endpoint.signingSecretEncrypted,
      endpoint.authorizationEncrypted,
      endpoint.ai,
      endpoint.generation,
      endpoint.createdAt,
    ]);
  }

  async update(id: string, changes: Partial<BotEndpointEntity>): Promise<void> {
    await this.database.manager.update(BotEndpointEntity, { id }, changes as object); // the type does not distinguish JSON from relations
  }

  async delete(id: string): Promise<void> {
    await this.database.query(DELETE, [id]);
  }
}
