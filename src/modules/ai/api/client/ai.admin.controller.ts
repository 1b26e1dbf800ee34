import { Body, Delete, Get, Header, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { AnswersDone } from '../../../../protocols/client/client-done.js';
import { ClientErrors } from '../../../../protocols/client/client-errors.decorator.js';
import { AdminController } from '../../../../protocols/client/client.controller.decorator.js';
import { CurrentActor } from '../../../../protocols/client/current-actor.decorator.js';
import type { Actor } from '../../../auth/index.js';
import { AiRunsService } from '../../ai-runs.service.js';
import { AiSettingsService } from '../../ai-settings.service.js';
import { RunTraces } from '../../run-traces.js';
import { AI_ERRORS } from './ai-errors.client.js';
import { ClientAiRunDto, ClientAiRunTraceDto, ClientListAiRunsDto } from './ai-runs.client.dto.js';
import { ClientAiDto } from './ai-settings.client.dto.js';
import { ClientChangeAiDto } from './change-ai.client.dto.js';
import { toChangeAi, toClientAi, toClientAiRun, toClientAiRunTrace, toClientChangedAi } from './ai.client.mapper.js';

@AdminController('Admin API: AI')
export class AiAdminController {
  constructor(
    private readonly runs: AiRunsService,
    private readonly traces: RunTraces,
    private readonly settings: AiSettingsService,
  ) {}

  /** Makes a bot one that a model answers for, or changes how. */
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
  async set(
    @CurrentActor() actor: Actor,
    @Param('id') id: string,
    @Body() body: ClientChangeAiDto,
  ): Promise<ClientAiDto> {
    return toClientChangedAi(await this.settings.set(actor, id, toChangeAi(body)));
  }

  /** Shows how a model answers for a bot. Its key, and the secrets of its tools, are not shown. */
  @Get('bot/:id/ai')
  @ApiParam({ name: 'id', description: 'The bot.', example: 'echo' })
  @ClientErrors({ 400: [AI_ERRORS.noModel], 404: ['Bot not found.'] })
  async show(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ClientAiDto> {
    return toClientAi(await this.settings.get(actor, id));
  }

  /** From now on no model answers for the bot. It has to be reached in another way then. */
  @Delete('bot/:id/ai')
  @AnswersDone('No model answers for the bot any more.')
  @ApiParam({ name: 'id', description: 'The bot.', example: 'echo' })
  @ClientErrors({
    400: [AI_ERRORS.noModel, AI_ERRORS.lastEndpoint],
    404: ['Bot not found.'],
  })
  remove(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<void> {
    return this.settings.remove(actor, id);
  }

  /** Lists answers of models, the newest first, with how each was made. */
  @Get('ai/runs')
  @ClientErrors({ 400: ['limit must not be greater than 1000'] })
  async list(@CurrentActor() actor: Actor, @Query() query: ClientListAiRunsDto): Promise<ClientAiRunTraceDto[]> {
    return (await this.traces.list(actor, query)).map(toClientAiRunTrace);
  }

  /** Shows how an answer of a model was made. */
  @Get('ai/runs/:id')
  @ApiParam({ name: 'id', description: 'The answer.', example: '01hc7akt8z3w2a5ayfcrvkfy52' })
  @ClientErrors({ 404: [AI_ERRORS.noAnswer] })
  async trace(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ClientAiRunTraceDto> {
    return toClientAiRunTrace(await this.traces.get(actor, id));
  }

  /** Asks for another answer to the same question, as the `regenerate` in a message's `ai_actions` offers. It takes its place. */
  @Post('ai/runs/:id/regenerate')
  @HttpCode(202)
  @ApiParam({ name: 'id', description: 'The answer.', example: '01hc7akt8z3w2a5ayfcrvkfy52' })
  @ClientErrors({ 404: [AI_ERRORS.noAnswer], 409: [AI_ERRORS.underWay] })
  async regenerate(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ClientAiRunDto> {
    return toClientAiRun(await this.runs.repeat(actor, { runId: id }));
  }

  /** Asks for the rest of an answer, as the `continue` in a message's `ai_actions` offers. Both together take its place. */
  @Post('ai/runs/:id/continue')
  @HttpCode(202)
  @ApiParam({ name: 'id', description: 'The answer.', example: '01hc7akt8z3w2a5ayfcrvkfy52' })
  @ClientErrors({ 404: [AI_ERRORS.noAnswer], 409: [AI_ERRORS.underWay, AI_ERRORS.nothingToContinue] })
  async goOn(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ClientAiRunDto> {
    return toClientAiRun(await this.runs.goOn(actor, { runId: id }));
  }
}
