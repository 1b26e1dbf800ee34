import { Injectable } from '@nestjs/common';
import { Encryptor } from '../../../core/crypto/encryptor.js';
import { Database } from '../../../core/database/database.js';
import { type Actor, AuditLogService, requireService } from '../../auth/index.js';
import {
  type AiChanges,
  type AiFallback,
  aiSettingsOf,
  type AiSettings,
  BotEndpointsService,
  BotsService,
  mergeAiChanges,
  lastEndpoint,
  modelsWithoutKey,
} from '../../bots/index.js';
import { notAnAiBot } from '../ai.errors.js';
import { type ChangeAiTool, type ToolSecrets, ToolSettingsService } from './tool-settings.service.js';

/** Settings with a fixed set of values. An empty string resets one to the default. */
type Choice = 'concurrency' | 'reasoningEffort' | 'verbosity';

type Choices = { [Name in Choice]?: AiSettings[Name] | '' };

/** A partial update. Absent fields stay as they are; an empty string resets a field to the default. */
export interface ChangeAi
  extends Choices, Partial<Omit<AiSettings, 'apiKeyEncrypted' | 'fallback' | 'tools' | Choice>> {
  apiKey?: string;
  fallback?: ChangeAiFallback[];
  tools?: ChangeAiTool[];
}

/** The result of an update. */
export interface ChangedAi {
  ai: AiSettings;
  toolSecrets: ToolSecrets;
  /** Warnings for the caller. */
  warnings: string[];
}

/** Validated changes with encrypted secrets. */
export interface PreparedAi {
  changes: AiChanges;
  toolSecrets: ToolSecrets;
}

/** Without a key, the stored key of the same server is kept. */
interface ChangeAiFallback extends Omit<AiFallback, 'apiKeyEncrypted'> {
  apiKey?: string;
}

/** AI settings of bots, including those that the Platform API does not have. */
@Injectable()
export class AiSettingsService {
  constructor(
    private readonly bots: BotsService,
    private readonly endpoints: BotEndpointsService,
    private readonly encryptor: Encryptor,
    private readonly tools: ToolSettingsService,
    private readonly audit: AuditLogService,
    private readonly database: Database,
  ) {}

  /** @throws DomainError not_found `bot.not_found`; invalid `ai.not_an_ai_bot` */
  async get(actor: Actor, botId: string): Promise<AiSettings> {
    requireService(actor);
    const ai = await this.find(botId);
    if (!ai) throw notAnAiBot();
    return ai;
  }

  /**
   * Validates an update and encrypts its secrets before the transaction, because addresses are resolved by DNS.
   *
   * @param current settings
   * @throws DomainError invalid as `BotEndpointsService.checkUrl`, `ai.tool_unusable`
   */
  async prepare(actor: Actor, change: ChangeAi, current?: AiSettings): Promise<PreparedAi> {
    requireService(actor);
    const { apiKey, fallback, tools, ...plain } = change;
    for (const { baseUrl } of [plain, ...(fallback ?? [])]) await this.endpoints.checkUrl(baseUrl);
    const prepared = tools && (await this.tools.prepare(tools, current?.tools));
    const changes = {
      ...toChanges(plain),
      ...(typeof apiKey === 'string' ? { apiKeyEncrypted: this.encryptKey(apiKey) } : {}),
      ...(fallback ? { fallback: fallback.map((entry) => this.toFallback(entry)) } : {}),
      ...(prepared ? { tools: prepared.tools } : {}),
    };
    return { changes, toolSecrets: prepared?.secrets ?? NO_SECRETS };
  }

  /**
   * Creates or updates the AI settings of a bot.
   *
   * @throws DomainError not_found `bot.not_found`; as `prepare`
   */
  async set(actor: Actor, botId: string, change: ChangeAi): Promise<ChangedAi> {
    requireService(actor);
    const { changes, toolSecrets } = await this.prepare(actor, change, await this.find(botId));
    return this.database.transaction(async () => {
      const { bot } = await this.bots.lock(botId);
      const before = aiSettingsOf(bot);
      const ai = mergeAiChanges(before, changes);
      const dropped = modelsWithoutKey(before, changes, ai);
      await this.endpoints.set(actor, botId, { transport: 'ai', format: 'none', ai });
      await this.audit.record(actor, 'bot.ai_changed', botId, { model: ai.model ?? '', droppedKeys: dropped.length });
      return { ai, toolSecrets, warnings: dropped.map(droppedKey) };
    });
  }

  /** @throws DomainError not_found `bot.not_found`; invalid `ai.not_an_ai_bot`, `endpoint.last` */
  remove(actor: Actor, botId: string): Promise<void> {
    requireService(actor);
    return this.database.transaction(async () => {
      const { bot } = await this.bots.lock(botId);
      if (!aiSettingsOf(bot)) throw notAnAiBot();
      if (bot.endpoints.every(({ transport }) => transport === 'ai')) throw lastEndpoint();
      await this.endpoints.remove(actor, botId, 'ai', 'none');
      await this.audit.record(actor, 'bot.ai_removed', botId);
    });
  }

  private async find(botId: string): Promise<AiSettings | undefined> {
    const { bot } = await this.bots.get(botId);
    return aiSettingsOf(bot);
  }

  private toFallback({ apiKey, ...plain }: ChangeAiFallback): AiFallback {
    return { ...plain, apiKeyEncrypted: apiKey === undefined ? undefined : this.encryptKey(apiKey) };
  }

  /** @returns undefined for the empty string, which removes the key */
  private encryptKey(key: string): string | undefined {
    return key === '' ? undefined : this.encryptor.encrypt(key).toString('base64');
  }
}

const NO_SECRETS: ToolSecrets = new Map();

const droppedKey = (model: string): string =>
  `The key of ${model} was removed: it belongs to another base URL. Send apiKey for the new one.`;

/** An empty string or -1 resets a setting to the default. */
const isReset = (value: unknown): boolean => value === '' || value === -1;

/** Settings for which -1 is a valid value. */
const SIGNED = new Set(['presencePenalty', 'frequencyPenalty']);

/** Drops absent fields; a reset field becomes undefined. */
const toChanges = (change: object): AiChanges =>
  Object.fromEntries(
    Object.entries(change)
      .filter(([, value]) => value !== undefined && value !== null)
      .map(([name, value]) => [name, isReset(value) && !SIGNED.has(name) ? undefined : value]),
  );
