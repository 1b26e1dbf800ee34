import { HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { ClientErrors, NOT_RELATED } from '../../../../protocols/client/client-errors.decorator.js';
import { ClientController } from '../../../../protocols/client/client.controller.decorator.js';
import { CurrentActor } from '../../../../protocols/client/current-actor.decorator.js';
import type { Actor } from '../../../auth/index.js';
import { AiRunsService } from '../../runs/ai-runs.service.js';
import { AI_ERRORS } from './ai-errors.client.js';
import { ClientAiRunDto, ClientStoppedDto, ClientReplySelectorDto } from './ai-runs.client.dto.js';
import { toClientAiRun } from './ai.client.mapper.js';

@ClientController('AI')
export class AiClientController {
  constructor(private readonly runs: AiRunsService) {}

  /**
   * Cancel AI replies
   *
   * @remarks Stops all active and queued AI replies of the chat. Text that was already shown stays as a message.
   */
  @Post('chat/:id/ai/cancel')
  @HttpCode(200)
  @ApiParam({ name: 'id', description: 'The chat.', example: '01hc7aa947s4fdwywwjqr14wh7' })
  @ClientErrors({ 403: [NOT_RELATED], 404: ['Chat not found.'] })
  async cancelAiReplies(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ClientStoppedDto> {
    return { stopped: await this.runs.cancel(actor, id) };
  }

  /**
   * Regenerate an AI reply
   *
   * @remarks The new reply replaces the previous reply or notice by an edit.
   */
  @Post('chat/:id/ai/regenerate')
  @HttpCode(202)
  @ApiParam({ name: 'id', description: 'The chat.', example: '01hc7aa947s4fdwywwjqr14wh7' })
  @ClientErrors({
    403: [NOT_RELATED],
    404: ['Chat not found.', AI_ERRORS.nothingToRepeat, AI_ERRORS.runNotFound],
    409: [AI_ERRORS.runUnderWay],
  })
  async regenerateAiReply(
    @CurrentActor() actor: Actor,
    @Param('id') id: string,
    @Query() { draftId }: ClientReplySelectorDto,
  ): Promise<ClientAiRunDto> {
    return toClientAiRun(await this.runs.regenerate(actor, { chatId: id, runId: draftId }));
  }

  /**
   * Continue an AI reply
   *
   * @remarks For a reply that was interrupted or truncated. Events stream the rest; in the end the message is edited to hold both parts.
   */
  @Post('chat/:id/ai/continue')
  @HttpCode(202)
  @ApiParam({ name: 'id', description: 'The chat.', example: '01hc7aa947s4fdwywwjqr14wh7' })
  @ClientErrors({
    403: [NOT_RELATED],
    404: ['Chat not found.', AI_ERRORS.nothingToRepeat, AI_ERRORS.runNotFound],
    409: [AI_ERRORS.runUnderWay, AI_ERRORS.nothingToContinue],
  })
  async continueAiReply(
    @CurrentActor() actor: Actor,
    @Param('id') id: string,
    @Query() { draftId }: ClientReplySelectorDto,
  ): Promise<ClientAiRunDto> {
    return toClientAiRun(await this.runs.continueReply(actor, { chatId: id, runId: draftId }));
  }
}
