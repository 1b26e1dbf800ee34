import { Body, Controller, Get, HttpCode, Post, Query, Req, Res, UseGuards } from '@nestjs/common';
import { ApiConsumes, ApiOperation, ApiProduces, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { OwnOriginGuard } from '../../../../core/http/foreign-origin.js';
import { SURVEY_PATH } from '../../survey-pages.js';
import { sendPage } from './survey-page.js';
import { SurveyViews } from './surveys.connector.views.js';
import { SurveyVisitors } from './survey-visitors.js';

/** The page to which invitations lead. Who has a session answers with it, anybody else with the mark of the browser. */
@Controller(SURVEY_PATH)
@ApiTags('Surveys')
export class SurveysConnectorController {
  constructor(
    private readonly views: SurveyViews,
    private readonly visitors: SurveyVisitors,
  ) {}

  @Get()
  @ApiProduces('text/html')
  @ApiQuery({ name: 'id', description: 'The campaign.', example: 'lunch-2026', required: true })
  @ApiResponse({ status: 404, description: 'There is no such survey.' })
  @ApiOperation({ summary: 'Shows the title of a survey, and a form for one answer.' })
  show(@Query('id') id: unknown, @Req() request: Request, @Res() response: Response): Promise<void> {
    return sendPage(
      response,
      this.views.form(id, () => this.visitors.identify(request, response)),
    );
  }

  @Post()
  @UseGuards(OwnOriginGuard)
  @HttpCode(200)
  @ApiResponse({ status: 400, description: 'The answer is empty or too long; the form again.' })
  @ApiResponse({ status: 403, description: 'The request comes from a page of another site.' })
  @ApiResponse({ status: 404, description: 'There is no such survey.' })
  @ApiResponse({ status: 409, description: 'This person has answered already.' })
  @ApiProduces('text/html')
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiOperation({ summary: 'Takes an answer to a survey; of each person one.' })
  answer(@Body() form: unknown, @Req() request: Request, @Res() response: Response): Promise<void> {
    return sendPage(
      response,
      this.views.answer(form, () => this.visitors.identify(request, response)),
    );
  }

  @Get('results')
  @ApiProduces('text/html')
  @ApiQuery({ name: 'id', description: 'The campaign.', example: 'lunch-2026', required: true })
  @ApiQuery({ name: 'expires', description: 'Of the link.', example: '1696845600', required: true })
  @ApiQuery({ name: 'signature', description: 'Of the link.', example: 'c2ln', required: true })
  @ApiResponse({ status: 403, description: 'The link has expired.' })
  @ApiResponse({ status: 404, description: 'The link is none of ours, or there is no such survey.' })
  @ApiOperation({
    summary: 'Shows what has come of a survey, to whoever was handed the link by the Admin or the Bot API.',
  })
  showResults(@Query() query: Record<string, unknown>, @Res() response: Response): Promise<void> {
    return sendPage(response, this.views.sharedResults(query));
  }
}
