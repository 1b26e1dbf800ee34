import { Injectable } from '@nestjs/common';
import { toChangeAi } from '../../../ai/api/client/ai.client.mapper.js';
import { AiSettingsService } from '../../../ai/index.js';
import type { Actor } from '../../../auth/index.js';
import { aiOf } from '../../ai-settings.js';
import { BotsService } from '../../bots.service.js';
import type { ClientCreateBotDto } from './bots.client.dto.js';
import { type MadeBot, toCreateBot } from './bots.client.mapper.js';

/** Creates bots, with AI settings if given: the `bots` module has no dependency on models. */
@Injectable()
export class BotsClientMaker {
  constructor(
    private readonly bots: BotsService,
    private readonly aiSettings: AiSettingsService,
  ) {}

  /** @throws DomainError as `BotsService.create`, `AiSettingsService.prepare` */
  async make(actor: Actor, body: ClientCreateBotDto): Promise<MadeBot> {
    const prepared = body.ai && (await this.aiSettings.prepare(actor, toChangeAi(body.ai)));
    const made = await this.bots.create(actor, { ...toCreateBot(body), ai: prepared?.changes });
    const ai = aiOf(made.bot);
    return { ...made, ai: ai && prepared && { ai, toolSecrets: prepared.toolSecrets, warnings: [] } };
  }
}
