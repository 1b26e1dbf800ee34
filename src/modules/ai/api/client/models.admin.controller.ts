import { Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { ClientErrors } from '../../../../protocols/client/client-errors.decorator.js';
import { AdminController } from '../../../../protocols/client/client.controller.decorator.js';
import { CurrentActor } from '../../../../protocols/client/current-actor.decorator.js';
import type { Actor } from '../../../auth/index.js';
import { ModelInspector } from '../../model-inspector.js';
import { AI_ERRORS } from './ai-errors.client.js';
import { ClientAiEventDto, ClientAiTargetDto, ClientListAiEventsDto } from './ai-models.client.dto.js';
import { toClientAiEvent, toClientTargetReport } from './ai.client.mapper.js';

@AdminController('Admin API: AI')
export class ModelsAdminController {
  constructor(private readonly inspector: ModelInspector) {}

  /**
   * Tests the connection to the models of a bot: to the first, and to each that is asked when that one cannot be.
   *
   * @remarks It asks which models there are, which costs nothing. Where the answer comes, the model is asked again at once, even if it
   * was left alone after failures or for a refused key.
   */
  @Post('bot/:id/ai/test')
  @HttpCode(200)
  @ApiParam({ name: 'id', description: 'The bot.', example: 'echo' })
  @ClientErrors({
    400: [AI_ERRORS.noModel],
    404: ['Bot not found.'],
  })
  async test(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ClientAiTargetDto[]> {
    return (await this.inspector.test(actor, id)).map(toClientTargetReport);
  }

  /** Lists news of keys, models and budgets, the newest first. */
  @Get('ai/events')
  @ClientErrors({ 400: ['limit must not be greater than 1000'] })
  async events(@CurrentActor() actor: Actor, @Query() query: ClientListAiEventsDto): Promise<ClientAiEventDto[]> {
    return (await this.inspector.list(actor, query)).map(toClientAiEvent);
  }
}
