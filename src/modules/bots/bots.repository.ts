import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Database, statement, settleAll } from '../../core/database/database.js';
import { batchable, BatchedQuery } from '../../core/database/batched-query.js';
import {
  columnList,
  fromJson,
  insertInto,
  insertValues,
  jsonObject,
  rowOf,
} from '../../core/database/entity-columns.js';
import { SharedRead } from '../../core/database/shared-read.js';
import { newestTokenOf } from '../auth/index.js';
import { userColumns, UserEntity } from '../users/index.js';
import {
  BotEndpointEntity,
  BotEntity,
  type InvitationPreference,
  type BodyFormat,
  type Transport,
  BotCommandEntity,
} from './bot.entity.js';

const LOCK_NAME = statement('bots.lock_name', 'SELECT pg_advisory_xact_lock($1)');

// A bot and its user share their id and creation time.
const PROFILE = `${columnList(BotEntity, 'b')}, ${userColumns('u')}`;
/** As JSON, so that a bot is one row, whatever its number of endpoints. */
const ENDPOINTS = `(SELECT jsonb_agg(${jsonObject(BotEndpointEntity, 'e')}) FROM bot_endpoints e WHERE e.bot_id = b.id) AS endpoints`;
const TOKEN = `${newestTokenOf('b.id')} AS "tokenEncrypted"`;
const FROM = 'FROM bots b JOIN users u ON u.id = b.id';
const FIND = batchable('bots.find', `SELECT ${PROFILE}, ${ENDPOINTS} ${FROM} WHERE b.id = $1`, ['text']);
const LOCK = statement('bots.lock', `SELECT 1 ${FROM} WHERE b.id = $1 FOR NO KEY UPDATE OF b, u`);
const FIND_WITH_TOKEN = batchable(
  'bots.find_with_token',
  `SELECT ${PROFILE}, ${ENDPOINTS}, ${TOKEN} ${FROM} WHERE b.id = $1`,
  ['text'],
);
const PAGE = `${FROM}
   WHERE (b.created_at, b.id) > (coalesce($1::timestamptz, '-infinity'), coalesce($2::text, ''))
     AND ($3::boolean IS NULL OR $3 = EXISTS (
       SELECT FROM bot_endpoints ai WHERE ai.bot_id = b.id AND ai.transport = 'ai'))
     AND ($4 OR NOT b.is_disabled)
   ORDER BY b.created_at, b.id LIMIT $5`;
const LIST = statement('bots.list', `SELECT ${PROFILE}, ${ENDPOINTS} ${PAGE}`);
const LIST_WITH_TOKENS = statement('bots.list_with_tokens', `SELECT ${PROFILE}, ${ENDPOINTS}, ${TOKEN} ${PAGE}`);
const INSERT = statement('bots.insert', insertInto('bots', BotEntity));
const BY_PREFERENCE = statement(
  'bots.by_preference',
  'SELECT id FROM bots WHERE id = ANY($1) AND channel_invitation_preference = $2',
);
/** A bot and its user. */
export interface BotProfile {
  bot: BotEntity;
  user: UserEntity;
}

/** A bot with its newest token, if any, still encrypted. */
export interface BotWithEncryptedToken extends BotProfile {
  tokenEncrypted: Buffer | null;
}

/** The position after which a page of bots begins: the creation time and id of a bot. */
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
  private readonly bots: BatchedQuery<ProfileRow>;
  private readonly botsWithTokens: BatchedQuery<TokenRow>;
  private readonly lists = new SharedRead<readonly BotProfile[]>();
  private readonly listsWithTokens = new SharedRead<readonly BotWithEncryptedToken[]>();

  constructor(private readonly database: Database) {
    this.bots = new BatchedQuery(database, FIND);
    this.botsWithTokens = new BatchedQuery(database, FIND_WITH_TOKEN);
  }

  async insert(bot: BotEntity): Promise<void> {
    await this.database.query(INSERT, insertValues(BotEntity, bot));
  }

  async update(id: string, changes: Partial<Omit<BotEntity, 'id' | 'endpoints'>>): Promise<void> {
    await this.database.manager.update(BotEntity, { id }, changes);
  }

  async find(id: string): Promise<BotProfile | undefined> {
    return toProfile((await this.bots.query(id))[0]);
  }

  /**
   * The bot is read by a second statement: the statement that waited for the lock would return the endpoints as they were before.
   *
   * @returns the bot, locked until the transaction ends
   */
  async lock(id: string): Promise<BotProfile | undefined> {
    const [, profile] = await settleAll([this.database.query(LOCK, [id]), this.find(id)]);
    return profile;
  }

  async findWithToken(id: string): Promise<BotWithEncryptedToken | undefined> {
    return toBotWithEncryptedToken((await this.botsWithTokens.query(id))[0]);
  }

  async idsByInvitationPreference(ids: readonly string[], preference: InvitationPreference): Promise<string[]> {
    const bots = await this.database.query<{ id: string }>(BY_PREFERENCE, [ids, preference]);
    return bots.map(({ id }) => id);
  }

  /** Sorted by creation time, oldest first. Concurrent requests share the result. */
  list(filter: BotFilter): Promise<readonly BotProfile[]> {
    return this.share(this.lists, filter, async (values) =>
      (await this.database.query<ProfileRow>(LIST, values)).map((row) => toProfile(row)!),
    );
  }

  /** As `list`. */
  listWithTokens(filter: BotFilter): Promise<readonly BotWithEncryptedToken[]> {
    return this.share(this.listsWithTokens, filter, async (values) =>
      (await this.database.query<TokenRow>(LIST_WITH_TOKENS, values)).map((row) => toBotWithEncryptedToken(row)!),
    );
  }

  private share<T>(reads: SharedRead<T>, filter: BotFilter, load: (values: unknown[]) => Promise<T>): Promise<T> {
    const values = toValues(filter);
    return this.database.usesSharedPool ? reads.get(JSON.stringify(values), () => load(values)) : load(values);
  }

  /** Locks a bot name until the transaction ends. */
  async lockName(name: string): Promise<void> {
    await this.database.query(LOCK_NAME, [
      createHash('sha256').update(`bot name:${name}`).digest().readBigInt64BE().toString(),
    ]);
  }
}

type ProfileRow = Omit<BotEntity, 'endpoints'> & UserEntity & { endpoints: Record<string, unknown>[] | null };
type TokenRow = ProfileRow & { tokenEncrypted: Buffer | null };

const toValues = ({ after, limit, isAi, includeDisabled = true }: BotFilter): unknown[] => [
  after?.createdAt ?? null,
  after?.id ?? null,
  isAi ?? null,
  includeDisabled,
  limit,
];

const toBotWithEncryptedToken = (row: TokenRow | undefined): BotWithEncryptedToken | undefined =>
  row && { ...toProfile(row)!, tokenEncrypted: row.tokenEncrypted };

function toProfile(row: ProfileRow | undefined): BotProfile | undefined {
  if (!row) return undefined;
  const endpoints = row.endpoints?.map((json) => fromJson(BotEndpointEntity, json)) ?? [];
  return { bot: { ...rowOf<Omit<BotEntity, 'endpoints'>>(BotEntity, row), endpoints }, user: rowOf(UserEntity, row) };
}

const INSERT_ENDPOINT = statement('bots.insert_endpoint', insertInto('bot_endpoints', BotEndpointEntity));
const DELETE_ENDPOINT = statement('bots.delete_endpoint', 'DELETE FROM bot_endpoints WHERE id = $1');

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
    await this.database.query(INSERT_ENDPOINT, insertValues(BotEndpointEntity, endpoint));
  }

  async update(id: string, changes: Partial<BotEndpointEntity>): Promise<void> {
    await this.database.manager.update(BotEndpointEntity, { id }, changes as object); // the type does not distinguish JSON from relations
  }

  async delete(id: string): Promise<void> {
    await this.database.query(DELETE_ENDPOINT, [id]);
  }
}

@Injectable()
export class BotCommandsRepository {
  constructor(private readonly database: Database) {}

  /** Oldest first. */
  findByBot(botId: string): Promise<BotCommandEntity[]> {
    return this.database.manager.find(BotCommandEntity, { where: { botId }, order: { id: 'ASC' } });
  }

  async insert(commands: BotCommandEntity[]): Promise<void> {
    await this.database.manager.insert(BotCommandEntity, commands);
  }

  find(id: string): Promise<BotCommandEntity | null> {
    return this.database.manager.findOneBy(BotCommandEntity, { id });
  }

  /** @returns false if it does not exist */
  async update(id: string, changes: Partial<BotCommandEntity>): Promise<boolean> {
    return (await this.database.manager.update(BotCommandEntity, { id }, changes)).affected === 1;
  }

  /** @returns false if it did not exist */
  async delete(id: string): Promise<boolean> {
    return (await this.database.manager.delete(BotCommandEntity, { id })).affected === 1;
  }
}
