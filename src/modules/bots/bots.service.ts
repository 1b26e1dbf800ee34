import { Injectable } from '@nestjs/common';
import { newId } from '../../core/crypto/ids.js';
import { Database, together } from '../../core/database/database.js';
import { type Actor, BotTokensService, hasScope, requireOperator, requireScope } from '../auth/index.js';
import { UsersService } from '../users/index.js';
import { BotCommandsRepository } from './bot-commands.repository.js';
import type { BotCommandEntity } from './bot-command.entity.js';
import { changedAi } from './ai-changes.js';
import { type AiChanges, aiOf } from './ai-settings.js';
import type { BotEndpointEntity } from './bot-endpoint.entity.js';
import { BotEndpointsService } from './bot-endpoints.service.js';
import { BotEntity, type InvitationPreference } from './bot.entity.js';
import { botNameTaken, botNotFound, lastEndpoint } from './bot.errors.js';
import { type BotFilter, type BotProfile, BotsRepository, type SealedBot } from './bots.repository.js';

/** A bot with its token: `''` if it has none or the actor lacks the scope `bots:token`. */
export interface RevealedBot extends BotProfile {
  token: string;
}

export interface CreateBot {
  /** Generated if absent. */
  id?: string;
  nickname: string;
  profileUrl?: string;
  type?: string;
  description?: string;
  isPrivacyMode?: boolean;
  enableMarkAsRead?: boolean;
  showMember?: boolean;
  /** Whether Platform callbacks also report that the bot joined or left a channel. */
  enableMembershipEvents?: boolean;
  channelInvitationPreference?: InvitationPreference;
  /** The Platform callback URL; empty for none. */
  callbackUrl?: string;
  /** AI settings: with them, a model replies for the bot. Absent fields stay unchanged, or get their defaults. */
  ai?: AiChanges;
  /** Whether to reject a nickname that another bot has. */
  uniqueName?: boolean;
}

/** Absent fields stay unchanged. An empty callback URL removes the callback. */
export interface UpdateBot extends Partial<Omit<CreateBot, 'id' | 'uniqueName' | 'ai'>> {
  /** Null removes the AI settings. */
  ai?: AiChanges | null;
}

const BOT_FIELDS = [
  'type',
  'description',
  'isPrivacyMode',
  'enableMarkAsRead',
  'showMember',
  'enableMembershipEvents',
  'channelInvitationPreference',
] as const;
const USER_FIELDS = ['nickname', 'profileUrl'] as const;

/** Manages bots: profiles and behaviour in chats. Endpoints are managed by `BotEndpointsService`. */
@Injectable()
export class BotsService {
  constructor(
    private readonly bots: BotsRepository,
    private readonly users: UsersService,
    private readonly tokens: BotTokensService,
    private readonly endpoints: BotEndpointsService,
    private readonly commandRows: BotCommandsRepository,
    private readonly database: Database,
  ) {}

  /**
   * @returns the bot with its first token
   * @throws DomainError conflict `user.exists`, or `bot.name_taken` with `uniqueName`; forbidden `auth.scope_missing` for a callback
   */
  async create(actor: Actor, command: CreateBot): Promise<RevealedBot> {
    requireOperator(actor);
    if (command.callbackUrl) requireScope(actor, 'bots:token');
    await this.endpoints.checkUrl(command.callbackUrl);
    return this.database.transaction(async () => {
      if (command.uniqueName) await this.claimName(command.nickname);
      const { nickname, profileUrl } = command;
      const id = command.id ?? newId();
      const bot = newBot(id, command);
      const [user, , token, endpoints] = await together([
        this.users.create({ id, kind: 'bot', nickname, profileUrl, createdAt: bot.createdAt }),
        this.bots.insert(bot),
        this.tokens.renew(id),
        this.putPlatformEndpoints(id, command, []),
      ]);
      return { bot: { ...bot, endpoints }, user, token: shownTo(actor, token) };
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

  /** Sorted by creation time, oldest first. */
  list(filter: BotFilter): Promise<BotProfile[]> {
    return this.bots.list(filter);
  }

  /** A bot with its token. @throws DomainError not_found `bot.not_found` */
  async getRevealed(actor: Actor, id: string): Promise<RevealedBot> {
    requireOperator(actor);
    const sealed = await this.bots.reveal(id);
    if (!sealed) throw botNotFound(id);
    return this.open(actor, sealed);
  }

  /** Bots with their tokens, sorted by creation time, oldest first. */
  async listRevealed(actor: Actor, filter: BotFilter): Promise<RevealedBot[]> {
    requireOperator(actor);
    return (await this.bots.revealList(filter)).map((sealed) => this.open(actor, sealed));
  }

  /** @returns the ids among `ids` of bots with this preference */
  idsByInvitationPreference(ids: readonly string[], preference: InvitationPreference): Promise<string[]> {
    return ids.length > 0 ? this.bots.idsByInvitationPreference(ids, preference) : Promise.resolve([]);
  }

  /** @throws DomainError not_found `bot.not_found`; invalid `endpoint.last` if `ai` is null and the bot has no other endpoint */
  async update(actor: Actor, id: string, command: UpdateBot): Promise<BotProfile> {
    requireOperator(actor);
    await this.endpoints.checkUrl(command.callbackUrl);
    return this.database.transaction(async () => {
      const { bot, user } = await this.lock(id);
      const isCalledThere = ({ format, url }: BotEndpointEntity) =>
        format === 'platform' && url === command.callbackUrl;
      // Callbacks contain the token, so the right to set their URL implies the right to read the token.
      if (command.callbackUrl && !bot.endpoints.some(isCalledThere)) requireScope(actor, 'bots:token');
      const botChanges = pick(command, BOT_FIELDS);
      const isSilenced = ({ format, transport }: BotEndpointEntity) =>
        (command.callbackUrl === '' && format === 'platform') || (command.ai === null && transport === 'ai');
      const silenced = bot.endpoints.filter(isSilenced);
      if (command.ai === null && !command.callbackUrl && silenced.length === bot.endpoints.length) throw lastEndpoint();
      const [changedUser, endpoints] = await together([
        this.users.changeLocked(user, pick(command, USER_FIELDS)),
        this.putPlatformEndpoints(id, command, bot.endpoints),
        Object.keys(botChanges).length > 0 ? this.bots.update(id, botChanges) : undefined,
        this.endpoints.removeAll(silenced),
      ]);
      const others = bot.endpoints.filter((endpoint) => !silenced.includes(endpoint) && !endpoints.includes(endpoint));
      return { bot: { ...bot, ...botChanges, endpoints: [...others, ...endpoints] }, user: changedUser };
    });
  }

  /** As `update`, and returns the bot with its token. The update does not change the token, so both are loaded at once. */
  async updateRevealed(actor: Actor, id: string, command: UpdateBot): Promise<RevealedBot> {
    requireOperator(actor);
    const [profile, tokens] = await together([this.update(actor, id, command), this.tokens.revealMany([id])]);
    return { ...profile, token: shownTo(actor, tokens.get(id) ?? '') };
  }

  /** Deletes the bot with its endpoints, tokens and memberships. Its messages in groups stay. */
  async remove(actor: Actor, id: string): Promise<void> {
    requireOperator(actor);
    await this.database.transaction(async () => {
      const leaving = this.users.sendAway(id);
      await together([leaving, this.removeLocked(id, leaving)]);
    });
  }

  /** @throws DomainError not_found `bot.not_found` */
  async commands(botId: string): Promise<BotCommandEntity[]> {
    await this.get(botId);
    return this.commandRows.ofBot(botId);
  }

  /** Locks a bot name until the open transaction ends. @throws DomainError conflict `bot.name_taken` */
  async claimName(name: string): Promise<void> {
    await this.bots.lockName(name);
    if (await this.users.botNameExists(name)) throw botNameTaken(name);
  }

  private open(actor: Actor, { bot, user, tokenSealed }: SealedBot): RevealedBot {
    const isShown = tokenSealed && hasScope(actor, 'bots:token');
    return { bot, user, token: isShown ? this.tokens.open(tokenSealed) : '' };
  }

  private async removeLocked(id: string, leaving: Promise<void>): Promise<void> {
    const { bot } = await this.lock(id);
    const isSpeaking = aiOf(bot) !== undefined;
    // Sequential: subscribers to the removed AI settings must still find the bot's running replies and their chats.
    if (isSpeaking) await leaving.then(() => this.endpoints.removeAll(bot.endpoints, true));
    await together([isSpeaking ? undefined : this.endpoints.removeAll(bot.endpoints, true), this.users.erase(id)]);
  }

  /** Locks the bot until the open transaction ends. @throws DomainError not_found `bot.not_found` */
  async lock(id: string): Promise<BotProfile> {
    const profile = await this.bots.lock(id);
    if (!profile) throw botNotFound(id);
    return profile;
  }

  /** @returns the created and changed endpoints */
  private putPlatformEndpoints(
    botId: string,
    { callbackUrl, ai }: UpdateBot,
    existing: readonly BotEndpointEntity[],
  ): Promise<BotEndpointEntity[]> {
    const callback = existing.find(({ transport, format }) => transport === 'callback' && format === 'platform');
    const model = existing.find(({ transport }) => transport === 'ai');
    return together([
      ...(callbackUrl
        ? [this.endpoints.put(botId, { transport: 'callback', format: 'platform', url: callbackUrl }, callback)]
        : []),
      ...(ai
        ? [this.endpoints.put(botId, { transport: 'ai', format: 'none', ai: changedAi(model?.ai, ai) }, model)]
        : []),
    ]);
  }
}

function newBot(id: string, command: CreateBot): BotEntity {
  return Object.assign(new BotEntity(), {
    id,
    endpoints: [],
    type: command.type ?? '',
    description: command.description ?? '',
    isPrivacyMode: command.isPrivacyMode ?? false,
    enableMarkAsRead: command.enableMarkAsRead ?? true,
    showMember: command.showMember ?? false,
    enableMembershipEvents: command.enableMembershipEvents ?? false,
    channelInvitationPreference: command.channelInvitationPreference ?? 0,
    isDisabled: false,
    createdAt: new Date(),
  });
}

/** @returns the given fields of `source`, without undefined ones */
function pick<T extends object, K extends keyof T>(source: T, keys: readonly K[]): Partial<Pick<T, K>> {
  return Object.fromEntries(
    keys.filter((key) => source[key] !== undefined).map((key) => [key, source[key]]),
  ) as Partial<Pick<T, K>>;
}

const shownTo = (actor: Actor, token: string): string => (hasScope(actor, 'bots:token') ? token : '');
