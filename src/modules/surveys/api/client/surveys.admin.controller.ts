import { Get, Query } from '@nestjs/common';
import { ClientErrors } from '../../../../protocols/client/client-errors.decorator.js';
import { AdminController } from '../../../../protocols/client/client.controller.decorator.js';
import { CurrentActor } from '../../../../protocols/client/current-actor.decorator.js';
import type { Actor } from '../../../auth/index.js';
import { SurveyResultsController } from './survey-results.controller.js';
import { ClientListSurveysDto, ClientSurveyDto } from './surveys.client.dto.js';

@AdminController('Surveys')
export class SurveysAdminController extends SurveyResultsController {
  /**
   * List the surveys of all bots
   *
   * @remarks Sorted by time, newest first.
   */
  @Get('surveys')
  @ClientErrors({ 400: ['limit must not be greater than 1000'] })
  async listSurveys(
    @CurrentActor() actor: Actor,
    @Query() { page, limit, botId }: ClientListSurveysDto,
  ): Promise<ClientSurveyDto[]> {
    return this.toSurveys(await this.results.list(actor, limit, (page - 1) * limit, botId));
  }
}
