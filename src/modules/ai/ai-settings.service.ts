import { Injectable } from '@nestjs/common';
import { Sealer } from '../../core/crypto/sealer.js';
import { Database } from '../../core/database/database.js';
import { type Actor, AuditLogService, requireOperator } from '../auth/index.js';
import { AI_DEFAULTS, type AiSettings, BotEndpointsService, BotsService } from '../bots/index.js';
import { lastTransport, notAnAiBot } from './ai.errors.js';

/** What shall be another. Absent means: as it is. An empty text takes back what the bot had of its own. */
export interface ChangeAi extends Partial<Omit<AiSettings, 'apiKeySealed'>> {
  apiKey?: string;
}

const OWN_TEXTS = ['model', 'baseUrl', 'safeguardMessage'] as const;

/** How models answer for bots, beyond what the Platform API knows: another model, another server, words that are not for it. */
@Injectable()
export class AiSettingsService {
  constructor(
    private readonly bots: BotsService,
    private readonly endpoints: BotEndpointsService,
    private readonly sealer: Sealer,
    private readonly audit: AuditLogService,
    private readonly database: Database,
  ) {}

  /** @throws DomainError not_found `bot.not_found`; invalid `ai.not_an_ai_bot` */
  async get(actor: Actor, botId: string): Promise<AiSettings> {
    requireOperator(actor);
    const ai = await this.find(botId);
    if (!ai) throw notAnAiBot();
    return ai;
  }

  /**
   * Makes a bot one that a model answers for, or changes how.
   *
   * @throws DomainError not_found `bot.not_found`; invalid as `BotEndpointsService.checkUrl` for an address that is not to be called
   */
  async set(actor: Actor, botId: string, change: ChangeAi): Promise<AiSettings> {
    requireOperator(actor);
    await this.endpoints.checkUrl(change.baseUrl);
    return this.database.transaction(async () => {
      const { apiKey, ...given } = change;
      const merged: AiSettings = { ...AI_DEFAULTS, ...(await this.find(botId)), ...withoutUndefined(given) };
      merged.systemMessage ||= AI_DEFAULTS.systemMessage;
      if (apiKey) merged.apiKeySealed = this.sealer.seal(apiKey).toString('base64');
      if (apiKey === '') delete merged.apiKeySealed;
      for (const name of OWN_TEXTS) if (merged[name] === '') delete merged[name];
      await this.endpoints.set(actor, botId, { transport: 'ai', format: 'none', ai: merged });
      await this.audit.record(actor, 'bot.ai_changed', botId, { model: merged.model ?? '' });
      return merged;
    });
  }

  /** @throws DomainError not_found `bot.not_found`; invalid `ai.not_an_ai_bot`, `ai.last_transport` */
  remove(actor: Actor, botId: string): Promise<void> {
    requireOperator(actor);
    return this.database.transaction(async () => {
      const { bot } = await this.bots.get(botId);
      if (!bot.endpoints.some(({ transport }) => transport === 'ai')) throw notAnAiBot();
      if (bot.endpoints.every(({ transport }) => transport === 'ai')) throw lastTransport();
      await this.endpoints.remove(actor, botId, 'ai', 'none');
      await this.audit.record(actor, 'bot.ai_removed', botId);
    });
  }

  private async find(botId: string): Promise<AiSettings | undefined> {
    const { bot } = await this.bots.get(botId);
    return bot.endpoints.find(({ transport }) => transport === 'ai')?.ai ?? undefined;
  }
}

const withoutUndefined = <T extends object>(object: T): Partial<T> =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Partial<T>;
