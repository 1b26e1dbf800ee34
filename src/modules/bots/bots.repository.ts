import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { In, type SelectQueryBuilder } from 'typeorm';
import { Database, statement } from '../../core/database/database.js';
import { BotCommandEntity } from './bot-command.entity.js';
import { BotEndpointEntity, type BodyFormat, type Transport } from './bot-endpoint.entity.js';
import { BotEntity, type InvitationPreference } from './bot.entity.js';

const LOCK_NAME = statement('bots.lock_name', 'SELECT pg_advisory_xact_lock($1)');

/** Where a page of bots begins: behind the bot with this creation time and id. */
export interface BotCursor {
  createdAt: Date;
  id: string;
}

export interface BotFilter {
  after?: BotCursor;
  limit: number;
  isAi?: boolean;
  includeDisabled?: boolean;
}

@Injectable()
export class BotsRepository {
  constructor(private readonly database: Database) {}

  async insert(bot: BotEntity): Promise<void> {
    await this.database.manager.insert(BotEntity, bot);
  }

  async update(id: string, changes: Partial<Omit<BotEntity, 'id' | 'endpoints'>>): Promise<void> {
    await this.database.manager.update(BotEntity, { id }, changes);
  }

  find(id: string): Promise<BotEntity | null> {
    return this.withEndpoints().where('bot.id = :id', { id }).getOne();
  }

  async idsByInvitationPreference(ids: readonly string[], preference: InvitationPreference): Promise<string[]> {
    const bots = await this.database.manager.find(BotEntity, {
      select: { id: true },
      where: { id: In([...ids]), channelInvitationPreference: preference },
    });
    return bots.map(({ id }) => id);
  }

  /** In the order of creation. */
  list({ after, limit, isAi, includeDisabled = true }: BotFilter): Promise<BotEntity[]> {
    const page = this.database.manager
      .createQueryBuilder(BotEntity, 'page')
      .select('page.id')
      .orderBy('page.created_at')
      .addOrderBy('page.id')
      .limit(limit);
    if (after) page.andWhere('(page.created_at, page.id) > (:createdAt, :id)', after);
    if (!includeDisabled) page.andWhere('NOT page.is_disabled');
    if (isAi !== undefined) {
      page.andWhere(
        `${isAi ? '' : 'NOT '}EXISTS (SELECT FROM bot_endpoints ai WHERE ai.bot_id = page.id AND ai.transport = 'ai')`,
      );
    }
    // One statement: TypeORM's own take() on a join asks twice.
    return this.withEndpoints()
      .where(`bot.id IN (${page.getQuery()})`, page.getParameters())
      .orderBy('bot.createdAt')
      .addOrderBy('bot.id')
      .getMany();
  }

  /** @returns those of `ids` that have an endpoint of this transport */
  async idsByTransport(ids: readonly string[], transport: Transport): Promise<string[]> {
    const endpoints = await this.database.manager.find(BotEndpointEntity, {
      select: { botId: true },
      where: { botId: In([...ids]), transport },
    });
    return endpoints.map(({ botId }) => botId);
  }

  /** Until the transaction ends, nobody else can take or look up this name for a bot. */
  async lockName(name: string): Promise<void> {
    await this.database.query(LOCK_NAME, [
      createHash('sha256').update(`bot name:${name}`).digest().readBigInt64BE().toString(),
    ]);
  }

  findEndpoint(botId: string, transport: Transport, format: BodyFormat): Promise<BotEndpointEntity | null> {
    return this.database.manager.findOneBy(BotEndpointEntity, { botId, transport, format });
  }

  async insertEndpoint(endpoint: BotEndpointEntity): Promise<void> {
    await this.database.manager.insert(BotEndpointEntity, endpoint);
  }

  async updateEndpoint(id: string, changes: Partial<BotEndpointEntity>): Promise<void> {
    await this.database.manager.update(BotEndpointEntity, { id }, changes);
  }

  async deleteEndpoint(id: string): Promise<void> {
    await this.database.manager.delete(BotEndpointEntity, { id });
  }

  commands(botId: string): Promise<BotCommandEntity[]> {
    return this.database.manager.find(BotCommandEntity, { where: { botId }, order: { id: 'ASC' } });
  }

  async insertCommands(commands: BotCommandEntity[]): Promise<void> {
    await this.database.manager.insert(BotCommandEntity, commands);
  }

  findCommand(id: string): Promise<BotCommandEntity | null> {
    return this.database.manager.findOneBy(BotCommandEntity, { id });
  }

  /** @returns false when it is gone */
  async updateCommand(id: string, changes: Partial<BotCommandEntity>): Promise<boolean> {
    return (await this.database.manager.update(BotCommandEntity, { id }, changes)).affected === 1;
  }

  /** @returns false when it was gone already */
  async deleteCommand(id: string): Promise<boolean> {
    return (await this.database.manager.delete(BotCommandEntity, { id })).affected === 1;
  }

  private withEndpoints(): SelectQueryBuilder<BotEntity> {
    return this.database.manager
      .createQueryBuilder(BotEntity, 'bot')
      .leftJoinAndMapMany('bot.endpoints', BotEndpointEntity, 'endpoint', 'endpoint.bot_id = bot.id');
  }
}
