import { Injectable } from '@nestjs/common';
import { Settings } from '../../../core/config/settings.js';
import { Encryptor } from '../../../core/crypto/encryptor.js';
import { newSigningSecret } from '../../../core/crypto/tokens.js';
import { type AiTool, BotEndpointsService } from '../../bots/index.js';
import { toolUnusable } from '../ai.errors.js';
import { ToolSchemaValidator } from './tool-schema-validator.js';

/** Length of the visible end of a secret. */
const SHOWN_CHARS = 4;

/** A tool that moves to another origin gets a new secret, because the old server knows the old one. */
const originOf = (url: string): string => new URL(url).origin;

/** Without a secret, the stored one of a tool with the same name and origin is kept, or a new one is created. */
export interface ChangeAiTool extends Omit<AiTool, 'secretEncrypted' | 'secretEnd'> {
  secret?: string;
}

/** New secrets by tool name. They are shown only once. */
export type ToolSecrets = ReadonlyMap<string, string>;

/** Validates the tools of bots and encrypts their secrets. */
@Injectable()
export class ToolSettingsService {
  constructor(
    private readonly endpoints: BotEndpointsService,
    private readonly schemas: ToolSchemaValidator,
    private readonly encryptor: Encryptor,
    private readonly settings: Settings,
  ) {}

  /**
   * Validates tools and encrypts their secrets before the transaction.
   *
   * @param known current tools of the bot
   * @throws DomainError invalid `ai.tool_unusable`; as `BotEndpointsService.checkUrl`
   */
  async prepare(
    tools: readonly ChangeAiTool[],
    known: readonly AiTool[] = [],
  ): Promise<{ tools: AiTool[]; secrets: ToolSecrets }> {
    const secrets = new Map<string, string>();
    const prepared: AiTool[] = [];
    for (const { secret: given, ...tool } of tools) {
      await this.validate(tool);
      const before = known.find(({ name, url }) => name === tool.name && originOf(url) === originOf(tool.url));
      if (before && given === undefined) {
        const { secretEncrypted, secretEnd } = before;
        prepared.push({ ...tool, secretEncrypted, secretEnd });
        continue;
      }
      const secret = given ?? newSigningSecret();
      secrets.set(tool.name, secret);
      const secretEncrypted = this.encryptor.encrypt(secret).toString('base64');
      prepared.push({ ...tool, secretEncrypted, secretEnd: secret.slice(-SHOWN_CHARS) });
    }
    return { tools: prepared, secrets };
  }

  private async validate({ name, url, parameters }: Omit<ChangeAiTool, 'secret'>): Promise<void> {
    const isPlain = new URL(url).protocol === 'http:';
    if (isPlain && !this.settings.CALLBACK_ALLOW_PRIVATE) {
      throw toolUnusable(name, 'its address must use https');
    }
    await this.endpoints.checkUrl(url);
    const error = await this.schemas.findSchemaError(parameters);
    if (error !== undefined) throw toolUnusable(name, `its parameters are not a valid JSON schema: ${error}`);
  }
}
