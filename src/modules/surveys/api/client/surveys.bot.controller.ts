import { Get, Query } from '@nestjs/common';
import { ClientErrors } from '../../../../protocols/client/client-errors.decorator.js';
import { BotController } from '../../../../protocols/client/client.controller.decorator.js';
import { CurrentActor } from '../../../../protocols/client/current-actor.decorator.js';
import type { Actor } from '../../../auth/index.js';
import { SurveyResultsController } from './survey-results.controller.js';
import { ClientSurveyDto, ClientSurveyPageDto } from './surveys.client.dto.js';

@BotController('Surveys')
export class SurveysBotController extends SurveyResultsController {
  /**
   * List the bot's surveys
   *
   * @remarks Sorted by time, newest first.
   */
  @Get('surveys')
  @ClientErrors({ 400: ['limit must not be greater than 1000'] })
  async listSurveys(
    @CurrentActor() actor: Actor,
    @Query() { page, limit }: ClientSurveyPageDto,
  ): Promise<ClientSurveyDto[]> {
    return this.toSurveys(await this.results.list(actor, limit, (page - 1) * limit));
  }
}
