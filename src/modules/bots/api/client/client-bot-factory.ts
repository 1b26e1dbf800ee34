import { Injectable } from '@nestjs/common';
import { toChangeAi } from '../../../ai/api/client/ai.client.mapper.js';
import { AiSettingsService } from '../../../ai/index.js';
import type { Actor } from '../../../auth/index.js';
import { aiSettingsOf } from '../../ai-settings.js';
import { BotsService } from '../../bots.service.js';
import type { ClientCreateBotDto } from './bots.client.dto.js';
import { type CreatedBot, toCreateBot } from './bots.client.mapper.js';

/** Creates bots, with AI settings if given: the `bots` module has no dependency on models. */
@Injectable()
export class ClientBotFactory {
  constructor(
    private readonly bots: BotsService,
    private readonly aiSettings: AiSettingsService,
  ) {}

  /** @throws DomainError as `BotsService.create`, `AiSettingsService.prepare` */
  async create(actor: Actor, body: ClientCreateBotDto): Promise<CreatedBot> {
    const prepared = body.ai && (await this.aiSettings.prepare(actor, toChangeAi(body.ai)));
    const created = await this.bots.create(actor, { ...toCreateBot(body), ai: prepared?.changes });
    const ai = aiSettingsOf(created.bot);
    return { ...created, ai: ai && prepared && { ai, toolSecrets: prepared.toolSecrets, warnings: [] } };
  }
}
