import { Injectable } from '@nestjs/common';
import { newId } from '../../core/crypto/ids.js';
import { Database, settleAll } from '../../core/database/database.js';
import { DomainEvents } from '../../core/events/domain-events.js';
import { defaultsOf, propertiesOf } from '../../core/database/entity-columns.js';
import { type Actor, BotTokensService, hasScope, canActAs, requireService, requireScope } from '../auth/index.js';
import { UsersService } from '../users/index.js';
import { mergeAiChanges } from './ai-changes.js';
import { type AiChanges, aiSettingsOf } from './ai-settings.js';
import { type BotEndpointEntity, BotEntity, type InvitationPreference } from './bot.entity.js';
import { BotEndpointsService } from './bot-endpoints.service.js';
import { botNameTaken, botNotFound, lastEndpoint, notThisBot } from './bot.errors.js';
import { BotCreated, BotDeleted, BotDisabled, BotEnabled } from './bot.events.js';
import { type BotFilter, type BotProfile, BotsRepository, type BotWithEncryptedToken } from './bots.repository.js';

/** A bot with its token: `''` if it has none or the actor lacks the scope `bots:token`. */
export interface BotWithToken extends BotProfile {
  token: string;
}

/** The columns of a bot that its creator sets, all of them. A new column needs no change here. */
type BotFields = Omit<BotEntity, 'id' | 'endpoints' | 'isDisabled' | 'createdAt'>;

export interface CreateBot extends Partial<BotFields> {
  /** Generated if absent. */
  id?: string;
  nickname: string;
  profileUrl?: string;
  /** The Platform callback URL; empty for none. */
  callbackUrl?: string;
  /** AI settings: with them, a model replies for the bot. Absent fields stay unchanged, or get their defaults. */
  ai?: AiChanges;
  /** Whether to reject a nickname that another bot has. */
  uniqueName?: boolean;
}

/** Absent fields stay unchanged. An empty callback URL removes the callback. */
export interface UpdateBot extends Partial<Omit<CreateBot, 'id' | 'ai'>> {
  /** Null removes the AI settings. */
  ai?: AiChanges | null;
}

const UNCHANGEABLE: readonly string[] = ['id', 'isDisabled', 'createdAt'] satisfies (keyof BotEntity)[];
const BOT_FIELDS = propertiesOf(BotEntity).filter((name) => !UNCHANGEABLE.includes(name)) as (keyof BotFields)[];
const USER_FIELDS = ['nickname', 'profileUrl'] as const;
/** What a bot may change of itself. */
const OWN_FIELDS: readonly string[] = [...USER_FIELDS, 'description', 'uniqueName'] satisfies (keyof UpdateBot)[];

/** Manages bots: profiles and behaviour in chats, for all protocols. */
@Injectable()
export class BotsService {
  constructor(
    private readonly bots: BotsRepository,
    private readonly users: UsersService,
    private readonly tokens: BotTokensService,
    private readonly endpoints: BotEndpointsService,
    private readonly events: DomainEvents,
    private readonly database: Database,
  ) {}

  /**
   * @returns the bot with its first token
   * @throws DomainError conflict `user.exists`, or `bot.name_taken` with `uniqueName`; forbidden `auth.scope_missing` for a callback
   */
  async create(actor: Actor, command: CreateBot): Promise<BotWithToken> {
    requireService(actor);
    if (command.callbackUrl) requireScope(actor, 'bots:token');
    await this.endpoints.checkUrl(command.callbackUrl);
    return this.database.transaction(async () => {
      if (command.uniqueName) await this.reserveName(command.nickname);
      const { nickname, profileUrl } = command;
      const id = command.id ?? newId();
      const bot = newBot(id, command);
      const [user, , token, endpoints] = await settleAll([
        this.users.create({ id, kind: 'bot', nickname, profileUrl, createdAt: bot.createdAt }),
        this.bots.insert(bot),
        this.tokens.renew(id),
        this.upsertPlatformEndpoints(id, command, []),
        this.events.publish(new BotCreated(id, actor, nickname)),
      ]);
      return { bot: { ...bot, endpoints }, user, token: tokenFor(actor, token) };
    });
  }

  /** @throws DomainError not_found `bot.not_found` */
  async get(id: string): Promise<BotProfile> {
    const profile = await this.find(id);
    if (!profile) throw botNotFound(id);
    return profile;
  }

  find(id: string): Promise<BotProfile | undefined> {
    return this.bots.find(id);
  }

  /**
   * All bots, disabled ones too, sorted by creation time, oldest first.
   *
   * @param after the id of the bot after which the page begins
   * @throws DomainError not_found `bot.not_found`
   */
  async listAll(actor: Actor, limit: number, after?: string): Promise<readonly BotProfile[]> {
    requireService(actor);
    const last = after ? (await this.get(after)).bot : undefined;
    return this.bots.list({ limit, after: last });
  }

  /** Sorted by creation time, oldest first. */
  list(filter: BotFilter): Promise<readonly BotProfile[]> {
    return this.bots.list(filter);
  }

  /** A bot with its token. @throws DomainError not_found `bot.not_found` */
  async getWithToken(actor: Actor, id: string): Promise<BotWithToken> {
    requireService(actor);
    const found = await this.bots.findWithToken(id);
    if (!found) throw botNotFound(id);
    return this.decryptToken(actor, found);
  }

  /** Bots with their tokens, sorted by creation time, oldest first. */
  async listWithTokens(actor: Actor, filter: BotFilter): Promise<BotWithToken[]> {
    requireService(actor);
    return (await this.bots.listWithTokens(filter)).map((found) => this.decryptToken(actor, found));
  }

  /** @returns the ids among `ids` of bots with this preference */
  idsByInvitationPreference(ids: readonly string[], preference: InvitationPreference): Promise<string[]> {
    return ids.length > 0 ? this.bots.idsByInvitationPreference(ids, preference) : Promise.resolve([]);
  }

  /**
   * Changes a bot. A bot may change its own name, description and image.
   *
   * @throws DomainError not_found `bot.not_found`; conflict `bot.name_taken` with `uniqueName`; invalid `endpoint.last` if `ai` is null and
   *   the bot has no other endpoint
   */
  async update(actor: Actor, id: string, command: UpdateBot): Promise<BotProfile> {
    if (!canActAs(actor, id)) throw notThisBot();
    if (givenFields(command).some((name) => !OWN_FIELDS.includes(name))) requireService(actor);
    await this.endpoints.checkUrl(command.callbackUrl);
    return this.database.transaction(async () => {
      const { bot, user } = await this.lock(id);
      const isRenamed = command.nickname !== undefined && command.nickname !== user.nickname;
      if (isRenamed && command.uniqueName) await this.reserveName(command.nickname!);
      const botChanges = pick(command, BOT_FIELDS);
      const [changedUser, endpoints] = await settleAll([
        this.users.updateLocked(user, pick(command, USER_FIELDS)),
        this.changeEndpoints(actor, bot, command),
        Object.keys(botChanges).length > 0 ? this.bots.update(id, botChanges) : undefined,
      ]);
      return { bot: { ...bot, ...botChanges, endpoints }, user: changedUser };
    });
  }

  /** As `update`, and returns the bot with its token. The update does not change the token, so both are loaded at once. */
  async updateWithToken(actor: Actor, id: string, command: UpdateBot): Promise<BotWithToken> {
    requireService(actor);
    const [profile, tokens] = await settleAll([this.update(actor, id, command), this.tokens.revealMany([id])]);
    return { ...profile, token: tokenFor(actor, tokens.get(id) ?? '') };
  }

  /**
   * Deletes the bot with its endpoints, tokens, commands and memberships. Its messages in groups stay.
   *
   * @throws DomainError not_found `bot.not_found`
   */
  async remove(actor: Actor, id: string): Promise<void> {
    requireService(actor);
    await this.database.transaction(async () => {
      const leaving = this.users.leaveAllGroups(id);
      await settleAll([leaving, this.removeLocked(actor, id, leaving)]);
    });
  }

  /**
   * A disabled bot is not listed, its tokens are rejected, and it receives no events. Its data stays.
   *
   * @throws DomainError not_found `bot.not_found`
   */
  setDisabled(actor: Actor, id: string, isDisabled: boolean): Promise<BotProfile> {
    requireService(actor);
    return this.database.transaction(async () => {
      const { bot, user } = await this.lock(id);
      await this.bots.update(id, { isDisabled });
      await this.tokens.setSuspended(id, isDisabled);
      await this.events.publish(isDisabled ? new BotDisabled(id, actor) : new BotEnabled(id, actor));
      return { bot: { ...bot, isDisabled }, user };
    });
  }

  /** Locks a bot name until the open transaction ends. @throws DomainError conflict `bot.name_taken` */
  private async reserveName(name: string): Promise<void> {
    await this.bots.lockName(name);
    if (await this.users.botNameExists(name)) throw botNameTaken(name);
  }

  private decryptToken(actor: Actor, { bot, user, tokenEncrypted }: BotWithEncryptedToken): BotWithToken {
    const isShown = tokenEncrypted && hasScope(actor, 'bots:token');
    return { bot, user, token: isShown ? this.tokens.decrypt(tokenEncrypted) : '' };
  }

  private async removeLocked(actor: Actor, id: string, leaving: Promise<void>): Promise<void> {
    const { bot, user } = await this.lock(id);
    const hasModel = aiSettingsOf(bot) !== undefined;
    // Sequential: subscribers to the removed AI settings must still find the bot's running replies and their chats.
    if (hasModel) await leaving.then(() => this.endpoints.removeAll(bot.endpoints, true));
    await settleAll([
      hasModel ? undefined : this.endpoints.removeAll(bot.endpoints, true),
      this.users.delete(id),
      this.events.publish(new BotDeleted(id, actor, user.nickname)),
    ]);
  }

  /** Locks the bot until the open transaction ends. @throws DomainError not_found `bot.not_found` */
  async lock(id: string): Promise<BotProfile> {
    const profile = await this.bots.lock(id);
    if (!profile) throw botNotFound(id);
    return profile;
  }

  /** @returns the endpoints after the change */
  private async changeEndpoints(actor: Actor, bot: BotEntity, command: UpdateBot): Promise<BotEndpointEntity[]> {
    const hasSameUrl = ({ format, url }: BotEndpointEntity) => format === 'platform' && url === command.callbackUrl;
    // Callbacks contain the token, so the right to set their URL implies the right to read the token.
    if (command.callbackUrl && !bot.endpoints.some(hasSameUrl)) requireScope(actor, 'bots:token');
    const isRemoved = ({ format, transport }: BotEndpointEntity) =>
      (command.callbackUrl === '' && format === 'platform') || (command.ai === null && transport === 'ai');
    const removed = bot.endpoints.filter(isRemoved);
    if (command.ai === null && !command.callbackUrl && removed.length === bot.endpoints.length) throw lastEndpoint();
    const [changed] = await settleAll([
      this.upsertPlatformEndpoints(bot.id, command, bot.endpoints),
      this.endpoints.removeAll(removed),
    ]);
    const others = bot.endpoints.filter((endpoint) => !removed.includes(endpoint) && !changed.includes(endpoint));
    return [...others, ...changed];
  }

  /** @returns the created and changed endpoints */
  private upsertPlatformEndpoints(
    botId: string,
    { callbackUrl, ai }: UpdateBot,
    existing: readonly BotEndpointEntity[],
  ): Promise<BotEndpointEntity[]> {
    const callback = existing.find(({ transport, format }) => transport === 'callback' && format === 'platform');
    const model = existing.find(({ transport }) => transport === 'ai');
    return settleAll([
      ...(callbackUrl
        ? [this.endpoints.upsert(botId, { transport: 'callback', format: 'platform', url: callbackUrl }, callback)]
        : []),
      ...(ai
        ? [this.endpoints.upsert(botId, { transport: 'ai', format: 'none', ai: mergeAiChanges(model?.ai, ai) }, model)]
        : []),
    ]);
  }
}

const newBot = (id: string, command: CreateBot): BotEntity =>
  Object.assign(new BotEntity(), defaultsOf(BotEntity), pick(command, BOT_FIELDS), {
    id,
    endpoints: [],
    createdAt: new Date(),
  });

const givenFields = (command: object): string[] =>
  Object.entries(command).flatMap(([name, value]) => (value === undefined ? [] : [name]));

/** @returns the given fields of `source`, without undefined ones */
function pick<T extends object, K extends keyof T>(source: T, keys: readonly K[]): Partial<Pick<T, K>> {
  return Object.fromEntries(
    keys.filter((key) => source[key] !== undefined).map((key) => [key, source[key]]),
  ) as Partial<Pick<T, K>>;
}

const tokenFor = (actor: Actor, token: string): string => (hasScope(actor, 'bots:token') ? token : '');
