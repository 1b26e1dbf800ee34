import { Injectable } from '@nestjs/common';
import { Settings } from '../../../core/config/settings.js';
import { Sealer } from '../../../core/crypto/sealer.js';
import { newSigningSecret } from '../../../core/crypto/tokens.js';
import { type AiTool, BotEndpointsService } from '../../bots/index.js';
import { toolUnusable } from '../ai.errors.js';
import { ToolSchemas } from './tool-schemas.js';

/** The last characters of a secret, by which its owner knows it. */
const SHOWN_CHARS = 4;

/** The server of a tool. The owner of a server knows the secret of its calls, so another server gets another secret. */
const originOf = (url: string): string => new URL(url).origin;

/** Without a secret, the one that was known of a tool of this name at the same server stays; else it gets a new one. */
export interface ChangeAiTool extends Omit<AiTool, 'secretSealed' | 'secretEnd'> {
  secret?: string;
}

/** Secrets that were set or made just now, by the names of the tools. They are not shown again. */
export type ToolSecrets = ReadonlyMap<string, string>;

/** What the models of bots may have done, and where. */
@Injectable()
export class ToolSettings {
  constructor(
    private readonly endpoints: BotEndpointsService,
    private readonly schemas: ToolSchemas,
    private readonly sealer: Sealer,
    private readonly settings: Settings,
  ) {}

  /**
   * Checks tools, and seals what is secret of them, before anything is written.
   *
   * @param known the bot's tools as they were
   * @throws DomainError invalid `ai.tool_unusable`; as `BotEndpointsService.checkUrl`
   */
  async prepare(
    tools: readonly ChangeAiTool[],
    known: readonly AiTool[] = [],
  ): Promise<{ tools: AiTool[]; secrets: ToolSecrets }> {
    const secrets = new Map<string, string>();
    const prepared: AiTool[] = [];
    for (const { secret: given, ...tool } of tools) {
      await this.check(tool);
      const before = known.find(({ name, url }) => name === tool.name && originOf(url) === originOf(tool.url));
      if (before && given === undefined) {
        const { secretSealed, secretEnd } = before;
        prepared.push({ ...tool, secretSealed, secretEnd });
        continue;
      }
      const secret = given ?? newSigningSecret();
      secrets.set(tool.name, secret);
      const secretSealed = this.sealer.seal(secret).toString('base64');
      prepared.push({ ...tool, secretSealed, secretEnd: secret.slice(-SHOWN_CHARS) });
    }
    return { tools: prepared, secrets };
  }

  private async check({ name, url, parameters }: Omit<ChangeAiTool, 'secret'>): Promise<void> {
    const isPlain = new URL(url).protocol === 'http:';
    if (isPlain && !this.settings.CALLBACK_ALLOW_PRIVATE) {
      throw toolUnusable(name, 'its address must begin with https');
    }
    await this.endpoints.checkUrl(url);
    const fault = await this.schemas.faultOf(parameters);
    if (fault !== undefined) throw toolUnusable(name, `its parameters are no JSON schema: ${fault}`);
  }
}
