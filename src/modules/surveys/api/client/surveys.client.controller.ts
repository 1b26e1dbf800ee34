import { Get, Injectable, Param, Query } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { Settings } from '../../../../core/config/settings.js';
import { ClientErrors } from '../../../../protocols/client/client-errors.decorator.js';
import { AdminController, BotController } from '../../../../protocols/client/client.controller.decorator.js';
import { CurrentActor } from '../../../../protocols/client/current-actor.decorator.js';
import type { Actor } from '../../../auth/index.js';
import { SurveyResultsService, type SurveySummary } from '../../survey-results.service.js';
import {
  ClientListSurveysDto,
  ClientSurveyAnswersDto,
  ClientSurveyDto,
  ClientSurveyOfBotDto,
  ClientSurveyPageDto,
} from './surveys.client.dto.js';
import { toClientSurvey, toClientSurveyAnswers, toPageRequest } from './surveys.client.mapper.js';

/** Survey results: all of them for the admin, its own for a bot. */
@Injectable()
export abstract class SurveyResultsController {
  constructor(
    protected readonly results: SurveyResultsService,
    private readonly settings: Settings,
  ) {}

  /**
   * Get a survey
   *
   * @remarks Includes the number of answers and a link to a page with the results.
   */
  @Get('survey/:campaignId')
  @ApiParam({ name: 'campaignId', description: 'The name of the survey.', example: 'lunch-2026' })
  @ClientErrors({ 404: [['survey.not_found', 'Survey not found.']] })
  async getSurvey(
    @CurrentActor() actor: Actor,
    @Param('campaignId') campaignId: string,
    @Query() { botId }: ClientSurveyOfBotDto,
  ): Promise<ClientSurveyDto> {
    return this.toSurveys([await this.results.get(actor, campaignId, botId)])[0];
  }

  /**
   * List the answers to a survey
   *
   * @remarks Sorted by time, oldest first.
   */
  @Get('survey/:campaignId/answers')
  @ApiParam({ name: 'campaignId', description: 'The name of the survey.', example: 'lunch-2026' })
  @ClientErrors({
    400: ['limit must not be greater than 1000'],
    404: [['survey.not_found', 'Survey not found.']],
  })
  async listSurveyAnswers(
    @CurrentActor() actor: Actor,
    @Param('campaignId') campaignId: string,
    @Query() { page, limit, botId }: ClientListSurveysDto,
  ): Promise<ClientSurveyAnswersDto> {
    return toClientSurveyAnswers(await this.results.listAnswers(actor, campaignId, toPageRequest(page, limit), botId));
  }

  protected toSurveys(summaries: readonly SurveySummary[]): ClientSurveyDto[] {
    const { publicUrl } = this.settings;
    return summaries.map((summary) =>
      toClientSurvey(summary, publicUrl, this.results.createShareQuery(summary.survey.campaignId)),
    );
  }
}

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
    return this.toSurveys(await this.results.list(actor, toPageRequest(page, limit), botId));
  }
}

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
    return this.toSurveys(await this.results.list(actor, toPageRequest(page, limit)));
  }
}
