import { Body, Delete, Get, Header, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { MessageResponse } from '../../../../protocols/client/message-response.decorator.js';
import { ClientErrors } from '../../../../protocols/client/client-errors.decorator.js';
import { AdminController } from '../../../../protocols/client/client.controller.decorator.js';
import { CurrentActor } from '../../../../protocols/client/current-actor.decorator.js';
import type { Actor } from '../../../auth/index.js';
import { AiRunsService } from '../../runs/ai-runs.service.js';
import { AiSettingsService } from '../../settings/ai-settings.service.js';
import { RunTracesService } from '../../runs/run-traces.service.js';
import { AI_ERRORS } from './ai-errors.client.js';
import { ClientAiRunDto, ClientAiRunTraceDto, ClientListAiRunsDto } from './ai-runs.client.dto.js';
import { ClientAiDto } from './ai-settings.client.dto.js';
import { ClientChangeAiDto } from './change-ai.client.dto.js';
import { toChangeAi, toClientAi, toClientAiRun, toClientAiRunTrace, toClientChangedAi } from './ai.client.mapper.js';

@AdminController('AI')
export class AiAdminController {
  constructor(
    private readonly runs: AiRunsService,
    private readonly traces: RunTracesService,
    private readonly settings: AiSettingsService,
  ) {}

  /**
   * Create or update a bot's AI settings
   *
   * @remarks Absent fields stay as they are. For a bot without AI settings they get their defaults.
   */
  @Put('bot/:id/ai')
  @Header('cache-control', 'no-store')
  @ApiParam({ name: 'id', description: 'The bot.', example: 'echo' })
  @ClientErrors({
    400: [
      'temperature must not be greater than 2',
      'maxTokens must not be less than 1',
      'tools must have different names',
      AI_ERRORS.toolUnusable,
    ],
    404: ['Bot not found.'],
  })
  async updateBotAiSettings(
    @CurrentActor() actor: Actor,
    @Param('id') id: string,
    @Body() body: ClientChangeAiDto,
  ): Promise<ClientAiDto> {
    return toClientChangedAi(await this.settings.set(actor, id, toChangeAi(body)));
  }

  /**
   * Get a bot's AI settings
   *
   * @remarks The API key and the secrets of tools are not returned.
   */
  @Get('bot/:id/ai')
  @ApiParam({ name: 'id', description: 'The bot.', example: 'echo' })
  @ClientErrors({ 400: [AI_ERRORS.notAnAiBot], 404: ['Bot not found.'] })
  async getBotAiSettings(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ClientAiDto> {
    return toClientAi(await this.settings.get(actor, id));
  }

  /**
   * Delete a bot's AI settings
   *
   * @remarks The bot must have another endpoint.
   */
  @Delete('bot/:id/ai')
  @MessageResponse('The AI settings of the bot are deleted.')
  @ApiParam({ name: 'id', description: 'The bot.', example: 'echo' })
  @ClientErrors({
    400: [AI_ERRORS.notAnAiBot, AI_ERRORS.lastEndpoint],
    404: ['Bot not found.'],
  })
  deleteBotAiSettings(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<void> {
    return this.settings.remove(actor, id);
  }

  /**
   * List AI runs
   *
   * @remarks Newest first.
   */
  @Get('ai/runs')
  @ClientErrors({ 400: ['limit must not be greater than 1000'] })
  async listAiRuns(@CurrentActor() actor: Actor, @Query() query: ClientListAiRunsDto): Promise<ClientAiRunTraceDto[]> {
    return (await this.traces.list(actor, query)).map(toClientAiRunTrace);
  }

  /** Get an AI run */
  @Get('ai/runs/:id')
  @ApiParam({ name: 'id', description: 'The run.', example: '01hc7akt8z3w2a5ayfcrvkfy52' })
  @ClientErrors({ 404: [AI_ERRORS.runNotFound] })
  async getAiRun(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ClientAiRunTraceDto> {
    return toClientAiRunTrace(await this.traces.get(actor, id));
  }

  /**
   * Regenerate an AI reply
   *
   * @remarks Implements the action `regenerate` in `ai_actions` of a message. The new reply replaces the previous one by an edit.
   */
  @Post('ai/runs/:id/regenerate')
  @HttpCode(202)
  @ApiParam({ name: 'id', description: 'The run.', example: '01hc7akt8z3w2a5ayfcrvkfy52' })
  @ClientErrors({ 404: [AI_ERRORS.runNotFound], 409: [AI_ERRORS.runUnderWay] })
  async regenerateAiRun(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ClientAiRunDto> {
    return toClientAiRun(await this.runs.regenerate(actor, { runId: id }));
  }

  /**
   * Continue an AI reply
   *
   * @remarks Implements the action `continue` in `ai_actions` of a message. The message is edited to hold both parts.
   */
  @Post('ai/runs/:id/continue')
  @HttpCode(202)
  @ApiParam({ name: 'id', description: 'The run.', example: '01hc7akt8z3w2a5ayfcrvkfy52' })
  @ClientErrors({ 404: [AI_ERRORS.runNotFound], 409: [AI_ERRORS.runUnderWay, AI_ERRORS.nothingToContinue] })
  async continueAiRun(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ClientAiRunDto> {
    return toClientAiRun(await this.runs.continueReply(actor, { runId: id }));
  }
}
