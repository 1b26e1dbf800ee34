import { Injectable } from '@nestjs/common';
import { newId } from '../../core/crypto/ids.js';
import { Database } from '../../core/database/database.js';
import { type Actor, BotTokensService, requireOperator } from '../auth/index.js';
import { UsersService, type UserEntity } from '../users/index.js';
import type { BotCommandEntity } from './bot-command.entity.js';
import { AI_DEFAULTS, type AiSettings, type BotEndpointEntity } from './bot-endpoint.entity.js';
import { BotEndpointsService } from './bot-endpoints.service.js';
import { BotEntity, type InvitationPreference } from './bot.entity.js';
import { botNameTaken, botNotFound } from './bot.errors.js';
import { type BotFilter, BotsRepository } from './bots.repository.js';

/** A bot and the user that it is. */
export interface BotProfile {
  bot: BotEntity;
  user: UserEntity;
}

export interface CreateBot {
  /** Kept when given, else made. */
  id?: string;
  nickname: string;
  profileUrl?: string;
  type?: string;
  description?: string;
  isPrivacyMode?: boolean;
  enableMarkAsRead?: boolean;
  showMember?: boolean;
  channelInvitationPreference?: InvitationPreference;
  /** Where Platform callbacks go; empty for none. */
  callbackUrl?: string;
  /** Makes it a bot that a model answers for. Absent fields: as they are, or their defaults. */
  ai?: Partial<AiSettings>;
  /** Refuse a nickname that another bot has. */
  uniqueName?: boolean;
}

/** Absent means: as it is. An empty callback address ends the callbacks. */
export type UpdateBot = Partial<Omit<CreateBot, 'id' | 'uniqueName'>>;

const BOT_FIELDS = [
  'type',
  'description',
  'isPrivacyMode',
  'enableMarkAsRead',
  'showMember',
  'channelInvitationPreference',
] as const;
const USER_FIELDS = ['nickname', 'profileUrl'] as const;

/** Bots: who they are, and how they behave in chats. How they are reached is `BotEndpointsService`. */
@Injectable()
export class BotsService {
  constructor(
    private readonly bots: BotsRepository,
    private readonly users: UsersService,
    private readonly tokens: BotTokensService,
    private readonly endpoints: BotEndpointsService,
    private readonly database: Database,
  ) {}

  /** @throws DomainError conflict `user.exists`, or `bot.name_taken` with `uniqueName` */
  async create(actor: Actor, command: CreateBot): Promise<BotProfile> {
    requireOperator(actor);
    return this.database.transaction(async () => {
      if (command.uniqueName) await this.claimName(command.nickname);
      const { nickname, profileUrl } = command;
      const user = await this.users.create({ id: command.id ?? newId(), kind: 'bot', nickname, profileUrl });
      const bot = Object.assign(new BotEntity(), {
        id: user.id,
        type: command.type ?? '',
        description: command.description ?? '',
        isPrivacyMode: command.isPrivacyMode ?? false,
        enableMarkAsRead: command.enableMarkAsRead ?? true,
        showMember: command.showMember ?? false,
        channelInvitationPreference: command.channelInvitationPreference ?? 0,
        isDisabled: false,
        createdAt: user.createdAt,
      });
      await this.bots.insert(bot);
      await this.tokens.renew(user.id);
      await this.setPlatformEndpoints(actor, bot.id, command, []);
      return this.get(bot.id);
    });
  }

  /** @throws DomainError not_found `bot.not_found` */
  async get(id: string): Promise<BotProfile> {
    const profile = await this.find(id);
    if (!profile) throw botNotFound(id);
    return profile;
  }

  async find(id: string): Promise<BotProfile | undefined> {
    const bot = await this.bots.find(id);
    return bot ? { bot, user: await this.users.get(id) } : undefined;
  }

  /** In the order of creation. */
  async list(filter: BotFilter): Promise<BotProfile[]> {
    const bots = await this.bots.list(filter);
    const users = await this.users.findMany(bots.map(({ id }) => id));
    return bots.flatMap((bot) => {
      const user = users.get(bot.id);
      return user ? [{ bot, user }] : [];
    });
  }

  /** @returns those of `ids` that are bots with this preference */
  idsByInvitationPreference(ids: readonly string[], preference: InvitationPreference): Promise<string[]> {
    return this.bots.idsByInvitationPreference(ids, preference);
  }

  /** @returns those of `ids` that a model answers for */
  async aiBotIds(ids: readonly string[]): Promise<Set<string>> {
    return new Set(ids.length > 0 ? await this.bots.idsByTransport(ids, 'ai') : []);
  }

  /** @throws DomainError not_found `bot.not_found` */
  async update(actor: Actor, id: string, command: UpdateBot): Promise<BotProfile> {
    requireOperator(actor);
    return this.database.transaction(async () => {
      const { bot } = await this.get(id);
      const botChanges = pick(command, BOT_FIELDS);
      if (Object.keys(botChanges).length > 0) await this.bots.update(id, botChanges);
      await this.users.update(id, pick(command, USER_FIELDS));
      if (command.callbackUrl === '') {
        await this.endpoints.removeAll(bot.endpoints.filter(({ format }) => format === 'platform'));
      }
      await this.setPlatformEndpoints(actor, id, command, bot.endpoints);
      return this.get(id);
    });
  }

  /** Removes the bot with its endpoints, tokens and memberships. What it said in groups stays. */
  async remove(actor: Actor, id: string): Promise<void> {
    requireOperator(actor);
    await this.database.transaction(async () => {
      const { bot } = await this.get(id);
      await this.endpoints.removeAll(bot.endpoints);
      await this.users.remove(id);
    });
  }

  /** The token of a bot. @throws DomainError not_found `bot_token.not_found` */
  async revealToken(actor: Actor, id: string): Promise<string> {
    requireOperator(actor);
    return this.tokens.reveal(id);
  }

  /** Gives a bot a new token; the old one is dead. @throws DomainError not_found `bot.not_found` */
  async renewToken(actor: Actor, id: string): Promise<string> {
    requireOperator(actor);
    await this.get(id);
    return this.tokens.renew(id);
  }

  /** @throws DomainError not_found `bot.not_found` */
  async commands(botId: string): Promise<BotCommandEntity[]> {
    await this.get(botId);
    return this.bots.commands(botId);
  }

  private async claimName(name: string): Promise<void> {
    await this.bots.lockName(name);
    if (await this.users.botNameExists(name)) throw botNameTaken(name);
  }

  private async setPlatformEndpoints(
    actor: Actor,
    botId: string,
    { callbackUrl, ai }: UpdateBot,
    existing: readonly BotEndpointEntity[],
  ): Promise<void> {
    if (callbackUrl) {
      await this.endpoints.set(actor, botId, { transport: 'callback', format: 'platform', url: callbackUrl });
    }
    if (ai) {
      const current = existing.find(({ transport }) => transport === 'ai')?.ai;
      const settings = { ...AI_DEFAULTS, ...current, ...ai };
      await this.endpoints.set(actor, botId, { transport: 'ai', format: 'none', ai: settings });
    }
  }
}

/** @returns the given fields of `source`, without those that are undefined */
function pick<T extends object, K extends keyof T>(source: T, keys: readonly K[]): Partial<Pick<T, K>> {
  return Object.fromEntries(
    keys.filter((key) => source[key] !== undefined).map((key) => [key, source[key]]),
  ) as Partial<Pick<T, K>>;
}
