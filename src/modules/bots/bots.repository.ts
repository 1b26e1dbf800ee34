import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import { Database, type Statement, statement, together } from '../../core/database/database.js';
import { userColumns, type UserEntity } from '../users/index.js';
import { BotCommandEntity } from './bot-command.entity.js';
import { BotEndpointEntity, type BodyFormat, type Transport } from './bot-endpoint.entity.js';
import { BotEntity, type InvitationPreference } from './bot.entity.js';

const LOCK_NAME = statement('bots.lock_name', 'SELECT pg_advisory_xact_lock($1)');

const PROFILE = `b.id, b.type, b.description, b.is_privacy_mode AS "isPrivacyMode", b.enable_mark_as_read AS "enableMarkAsRead",
  b.show_member AS "showMember", b.channel_invitation_preference AS "channelInvitationPreference",
  b.is_disabled AS "isDisabled", ${userColumns('u')}`;
const FIND = statement('bots.find', `SELECT ${PROFILE} FROM bots b JOIN users u ON u.id = b.id WHERE b.id = $1`);
const LOCK = statement(
  'bots.lock',
  `SELECT ${PROFILE} FROM bots b JOIN users u ON u.id = b.id WHERE b.id = $1 FOR NO KEY UPDATE`,
);
const LIST = statement(
  'bots.list',
  `SELECT ${PROFILE} FROM bots b JOIN users u ON u.id = b.id
   WHERE (b.created_at, b.id) > (coalesce($1::timestamptz, '-infinity'), coalesce($2::text, ''))
     AND ($3::boolean IS NULL OR $3 = EXISTS (
       SELECT FROM bot_endpoints ai WHERE ai.bot_id = b.id AND ai.transport = 'ai'))
     AND ($4 OR NOT b.is_disabled)
   ORDER BY b.created_at, b.id LIMIT $5`,
);
const INSERT = statement(
  'bots.insert',
  `INSERT INTO bots (id, type, description, is_privacy_mode, enable_mark_as_read, show_member,
                     channel_invitation_preference, is_disabled, created_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
);
const BY_PREFERENCE = statement(
  'bots.by_preference',
  'SELECT id FROM bots WHERE id = ANY($1) AND channel_invitation_preference = $2',
);
const ENDPOINTS = statement(
  'bots.endpoints',
  `SELECT id, bot_id AS "botId", transport, format, url, signing_secret_sealed AS "signingSecretSealed",
          authorization_sealed AS "authorizationSealed", ai, generation, created_at AS "createdAt"
   FROM bot_endpoints WHERE bot_id = ANY($1)`,
);
const INSERT_ENDPOINT = statement(
  'bots.insert_endpoint',
  `INSERT INTO bot_endpoints (id, bot_id, transport, format, url, signing_secret_sealed, authorization_sealed, ai,
                              generation, created_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
);
const DELETE_ENDPOINT = statement('bots.delete_endpoint', 'DELETE FROM bot_endpoints WHERE id = $1');

/** A bot and the user that it is. */
export interface BotProfile {
  bot: BotEntity;
  user: UserEntity;
}

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
    await this.database.query(INSERT, [
      bot.id,
      bot.type,
      bot.description,
      bot.isPrivacyMode,
      bot.enableMarkAsRead,
      bot.showMember,
      bot.channelInvitationPreference,
      bot.isDisabled,
      bot.createdAt,
    ]);
  }

  async update(id: string, changes: Partial<Omit<BotEntity, 'id' | 'endpoints'>>): Promise<void> {
    await this.database.manager.update(BotEntity, { id }, changes);
  }

  find(id: string): Promise<BotProfile | undefined> {
    return this.findBy(FIND, id);
  }

  /** @returns the bot, that nobody else can change until the transaction ends */
  lock(id: string): Promise<BotProfile | undefined> {
    return this.findBy(LOCK, id);
  }

  async idsByInvitationPreference(ids: readonly string[], preference: InvitationPreference): Promise<string[]> {
    const bots = await this.database.query<{ id: string }>(BY_PREFERENCE, [ids, preference]);
    return bots.map(({ id }) => id);
  }

  /** In the order of creation. */
  async list({ after, limit, isAi, includeDisabled = true }: BotFilter): Promise<BotProfile[]> {
    const rows = await this.database.query<ProfileRow>(LIST, [
      after?.createdAt ?? null,
      after?.id ?? null,
      isAi ?? null,
      includeDisabled,
      limit,
    ]);
    const endpoints = await this.endpoints(rows.map(({ id }) => id));
    return rows.map((row) => toProfile(row, endpoints.get(row.id) ?? []));
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
    await this.database.query(INSERT_ENDPOINT, [
      endpoint.id,
      endpoint.botId,
      endpoint.transport,
      endpoint.format,
      endpoint.url,
      endpoint.signingSecretSealed,
      endpoint.authorizationSealed,
      endpoint.ai,
      endpoint.generation,
      endpoint.createdAt,
    ]);
  }

  async updateEndpoint(id: string, changes: Partial<BotEndpointEntity>): Promise<void> {
    await this.database.manager.update(BotEndpointEntity, { id }, changes);
  }

  async deleteEndpoint(id: string): Promise<void> {
    await this.database.query(DELETE_ENDPOINT, [id]);
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

  private async findBy(query: Statement, id: string): Promise<BotProfile | undefined> {
    const [[row], endpoints] = await together([this.database.query<ProfileRow>(query, [id]), this.endpoints([id])]);
    return row && toProfile(row, endpoints.get(id) ?? []);
  }

  private async endpoints(botIds: readonly string[]): Promise<Map<string, BotEndpointEntity[]>> {
    if (botIds.length === 0) return new Map();
    const found = new Map<string, BotEndpointEntity[]>();
    for (const endpoint of await this.database.query<BotEndpointEntity>(ENDPOINTS, [botIds])) {
      const own = found.get(endpoint.botId);
      if (own) own.push(endpoint);
      else found.set(endpoint.botId, [endpoint]);
    }
    return found;
  }
}

/** A bot and its user share their id, and the time at which they were made. */
type ProfileRow = Omit<BotEntity, 'endpoints'> & UserEntity;

function toProfile(row: ProfileRow, endpoints: BotEndpointEntity[]): BotProfile {
  const { id, createdAt, type, description, isPrivacyMode, enableMarkAsRead, showMember } = row;
  const { channelInvitationPreference, isDisabled, kind, nickname, profileUrl, metadata, isActive } = row;
  const { discoveryKeys, preferredLanguages, acceptsInvitations, lastSeenAt, accessTokenSealed } = row;
  return {
    bot: {
      id,
      endpoints,
      type,
      description,
      isPrivacyMode,
      enableMarkAsRead,
      showMember,
      channelInvitationPreference,
      isDisabled,
      createdAt,
    },
    user: {
      id,
      kind,
      nickname,
      profileUrl,
      metadata,
      isActive,
      discoveryKeys,
      preferredLanguages,
      acceptsInvitations,
      lastSeenAt,
      accessTokenSealed,
      createdAt,
    },
  };
}
