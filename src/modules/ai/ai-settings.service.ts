import { Injectable } from '@nestjs/common';
import { Sealer } from '../../core/crypto/sealer.js';
import { Database } from '../../core/database/database.js';
import { type Actor, AuditLogService, requireOperator } from '../auth/index.js';
import {
  type AiChanges,
  type AiFallback,
  aiOf,
  type AiSettings,
  BotEndpointsService,
  BotsService,
  changedAi,
  lastEndpoint,
  modelsWithoutKey,
} from '../bots/index.js';
import { notAnAiBot } from './ai.errors.js';
import { type ChangeAiTool, type ToolSecrets, ToolSettings } from './tools/tool-settings.js';

/** One of some words; the empty one goes back to what is usual. */
type Choice = 'concurrency' | 'reasoningEffort' | 'verbosity';

type Choices = { [Name in Choice]?: AiSettings[Name] | '' };

/** What shall be another. Absent means: as it is. An empty text takes back what the bot had of its own. */
export interface ChangeAi extends Choices, Partial<Omit<AiSettings, 'apiKeySealed' | 'fallback' | 'tools' | Choice>> {
  apiKey?: string;
  fallback?: ChangeAiFallback[];
  tools?: ChangeAiTool[];
}

/** Settings that were changed just now. */
export interface ChangedAi {
  ai: AiSettings;
  toolSecrets: ToolSecrets;
  /** What the caller should know of the change. */
  warnings: string[];
}

/** Changes that can be made. */
export interface PreparedAi {
  changes: AiChanges;
  toolSecrets: ToolSecrets;
}

/** Without a key, the one that was known for the same server stays. */
interface ChangeAiFallback extends Omit<AiFallback, 'apiKeySealed'> {
  apiKey?: string;
}

/** How models answer for bots, beyond what the Platform API knows: another model, another server, words that are not for it. */
@Injectable()
export class AiSettingsService {
  constructor(
    private readonly bots: BotsService,
    private readonly endpoints: BotEndpointsService,
    private readonly sealer: Sealer,
    private readonly tools: ToolSettings,
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
   * Checks what shall be another, and seals what is secret of it, before anything is written: an address has to be looked up, which
   * no transaction should wait for.
   *
   * @param current how it was
   * @throws DomainError invalid as `BotEndpointsService.checkUrl` for an address that is not to be called, `ai.tool_unusable`
   */
  async prepare(actor: Actor, change: ChangeAi, current?: AiSettings): Promise<PreparedAi> {
    requireOperator(actor);
    const { apiKey, fallback, tools, ...open } = change;
    for (const { baseUrl } of [open, ...(fallback ?? [])]) await this.endpoints.checkUrl(baseUrl);
    const prepared = tools && (await this.tools.prepare(tools, current?.tools));
    const changes = {
      ...given(open),
      ...(typeof apiKey === 'string' ? { apiKeySealed: this.seal(apiKey) } : {}),
      ...(fallback ? { fallback: fallback.map((entry) => this.toFallback(entry)) } : {}),
      ...(prepared ? { tools: prepared.tools } : {}),
    };
    return { changes, toolSecrets: prepared?.secrets ?? NO_SECRETS };
  }

  /**
   * Makes a bot one that a model answers for, or changes how.
   *
   * @throws DomainError not_found `bot.not_found`; as `prepare`
   */
  async set(actor: Actor, botId: string, change: ChangeAi): Promise<ChangedAi> {
    requireOperator(actor);
    const { changes, toolSecrets } = await this.prepare(actor, change, await this.find(botId));
    return this.database.transaction(async () => {
      const { bot } = await this.bots.lock(botId);
      const before = aiOf(bot);
      const ai = changedAi(before, changes);
      const dropped = modelsWithoutKey(before, changes, ai);
      await this.endpoints.set(actor, botId, { transport: 'ai', format: 'none', ai });
      await this.audit.record(actor, 'bot.ai_changed', botId, { model: ai.model ?? '', droppedKeys: dropped.length });
      return { ai, toolSecrets, warnings: dropped.map(droppedKey) };
    });
  }

  /** @throws DomainError not_found `bot.not_found`; invalid `ai.not_an_ai_bot`, `endpoint.last` */
  remove(actor: Actor, botId: string): Promise<void> {
    requireOperator(actor);
    return this.database.transaction(async () => {
      const { bot } = await this.bots.lock(botId);
      if (!aiOf(bot)) throw notAnAiBot();
      if (bot.endpoints.every(({ transport }) => transport === 'ai')) throw lastEndpoint();
      await this.endpoints.remove(actor, botId, 'ai', 'none');
      await this.audit.record(actor, 'bot.ai_removed', botId);
    });
  }

  private async find(botId: string): Promise<AiSettings | undefined> {
    const { bot } = await this.bots.get(botId);
    return aiOf(bot);
  }

  private toFallback({ apiKey, ...open }: ChangeAiFallback): AiFallback {
    return { ...open, apiKeySealed: apiKey === undefined ? undefined : this.seal(apiKey) };
  }

  /** @returns undefined for the empty text, which takes a key back */
  private seal(key: string): string | undefined {
    return key === '' ? undefined : this.sealer.seal(key).toString('base64');
  }
}

const NO_SECRETS: ToolSecrets = new Map();

const droppedKey = (model: string): string =>
  `The key of ${model} was removed: it belongs to another base URL. Send apiKey for the new one.`;

/** An empty text, and less than none, take back what the bot had of its own. */
const isTakenBack = (value: unknown): boolean => value === '' || value === -1;

/** Numbers of which -1 is one like others. */
const SIGNED = new Set(['presencePenalty', 'frequencyPenalty']);

/** Without what is absent; what is taken back becomes undefined. */
const given = (change: object): AiChanges =>
  Object.fromEntries(
    Object.entries(change)
      .filter(([, value]) => value !== undefined && value !== null)
      .map(([name, value]) => [name, isTakenBack(value) && !SIGNED.has(name) ? undefined : value]),
  );
