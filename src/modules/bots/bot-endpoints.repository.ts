import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../core/database/database.js';
import { insertInto, insertValues } from '../../core/database/entity-columns.js';
import { type BodyFormat, BotEndpointEntity, type Transport } from './bot.entity.js';

const INSERT = statement('bots.insert_endpoint', insertInto('bot_endpoints', BotEndpointEntity));
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
    await this.database.query(INSERT, insertValues(BotEndpointEntity, endpoint));
  }

  async update(id: string, changes: Partial<BotEndpointEntity>): Promise<void> {
    await this.database.manager.update(BotEndpointEntity, { id }, changes as object); // the type does not distinguish JSON from relations
  }

  async delete(id: string): Promise<void> {
    await this.database.query(DELETE, [id]);
  }
}
