import { HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { ClientErrors, NOT_RELATED } from '../../../../protocols/client/client-errors.decorator.js';
import { ClientController } from '../../../../protocols/client/client.controller.decorator.js';
import { CurrentActor } from '../../../../protocols/client/current-actor.decorator.js';
import type { Actor } from '../../../auth/index.js';
import { AiRunsService } from '../../ai-runs.service.js';
import { AI_ERRORS } from './ai-errors.client.js';
import { ClientAiRunDto, ClientStoppedDto, ClientWhichAnswerDto } from './ai-runs.client.dto.js';
import { toClientAiRun } from './ai.client.mapper.js';

@ClientController('AI')
export class AiClientController {
  constructor(private readonly runs: AiRunsService) {}

  /**
   * Stops what AI bots are saying in a chat.
   *
   * @remarks What has been seen of an answer stays as a message. The connection to the model is closed at once.
   */
  @Post('chat/:id/ai/cancel')
  @HttpCode(200)
  @ApiParam({ name: 'id', description: 'The chat.', example: '01hc7aa947s4fdwywwjqr14wh7' })
  @ClientErrors({ 403: [NOT_RELATED], 404: ['Chat not found.'] })
  async cancel(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ClientStoppedDto> {
    return { stopped: await this.runs.cancel(actor, id) };
  }

  /**
   * Asks for another answer to a question. It takes the place of the one before, or of the notice that there was none, as an edited
   * message.
   */
  @Post('chat/:id/ai/regenerate')
  @HttpCode(202)
  @ApiParam({ name: 'id', description: 'The chat.', example: '01hc7aa947s4fdwywwjqr14wh7' })
  @ClientErrors({
    403: [NOT_RELATED],
    404: ['Chat not found.', AI_ERRORS.nothingToRepeat, AI_ERRORS.noAnswer],
    409: [AI_ERRORS.underWay],
  })
  async regenerate(
    @CurrentActor() actor: Actor,
    @Param('id') id: string,
    @Query() { draftId }: ClientWhichAnswerDto,
  ): Promise<ClientAiRunDto> {
    return toClientAiRun(await this.runs.repeat(actor, { chatId: id, runId: draftId }));
  }

  /**
   * Asks for the rest of an answer that was interrupted, or for which there was not enough room. What is seen growing is the rest; in
   * the end the message is edited and holds all of it.
   */
  @Post('chat/:id/ai/continue')
  @HttpCode(202)
  @ApiParam({ name: 'id', description: 'The chat.', example: '01hc7aa947s4fdwywwjqr14wh7' })
  @ClientErrors({
    403: [NOT_RELATED],
    404: ['Chat not found.', AI_ERRORS.nothingToRepeat, AI_ERRORS.noAnswer],
    409: [AI_ERRORS.underWay, AI_ERRORS.nothingToContinue],
  })
  async goOn(
    @CurrentActor() actor: Actor,
    @Param('id') id: string,
    @Query() { draftId }: ClientWhichAnswerDto,
  ): Promise<ClientAiRunDto> {
    return toClientAiRun(await this.runs.goOn(actor, { chatId: id, runId: draftId }));
  }
}
