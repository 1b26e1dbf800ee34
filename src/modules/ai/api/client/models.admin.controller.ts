import { Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { ClientErrors } from '../../../../protocols/client/client-errors.decorator.js';
import { AdminController } from '../../../../protocols/client/client.controller.decorator.js';
import { CurrentActor } from '../../../../protocols/client/current-actor.decorator.js';
import type { Actor } from '../../../auth/index.js';
import { ModelInspector } from '../../providers/model-inspector.js';
import { AI_ERRORS } from './ai-errors.client.js';
import { ClientAiEventDto, ClientAiTargetDto, ClientListAiEventsDto } from './ai-models.client.dto.js';
import { toClientAiEvent, toClientTargetReport } from './ai.client.mapper.js';

@AdminController('AI')
export class ModelsAdminController {
  constructor(private readonly inspector: ModelInspector) {}

  /**
   * Test a bot's model connections
   *
   * @remarks Lists the models of each server, which costs nothing. After a success, requests that were suspended after failures or for a
   * refused key are sent again at once.
   */
  @Post('bot/:id/ai/test')
  @HttpCode(200)
  @ApiParam({ name: 'id', description: 'The bot.', example: 'echo' })
  @ClientErrors({
    400: [AI_ERRORS.notAnAiBot],
    404: ['Bot not found.'],
  })
  async testBotModels(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ClientAiTargetDto[]> {
    return (await this.inspector.test(actor, id)).map(toClientTargetReport);
  }

  /**
   * List AI events
   *
   * @remarks Alerts about keys, models and budgets, newest first.
   */
  @Get('ai/events')
  @ClientErrors({ 400: ['limit must not be greater than 1000'] })
  async listAiEvents(@CurrentActor() actor: Actor, @Query() query: ClientListAiEventsDto): Promise<ClientAiEventDto[]> {
    return (await this.inspector.listEvents(actor, query)).map(toClientAiEvent);
  }
}
