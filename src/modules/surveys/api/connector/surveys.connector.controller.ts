import { Body, Controller, Get, HttpCode, Post, Query, Req, Res, UseGuards } from '@nestjs/common';
import { ApiConsumes, ApiOperation, ApiProduces, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { OwnOriginGuard } from '../../../../core/http/foreign-origin.js';
import { SURVEY_PATH } from '../../survey-pages.js';
import { sendPage, SurveyViews } from './surveys.connector.views.js';
import { SurveyVisitors } from './survey-visitors.js';

/** The survey page of invitations. Visitors without a session are identified by a cookie. */
@Controller(SURVEY_PATH)
@ApiTags('Surveys')
export class SurveysConnectorController {
  constructor(
    private readonly views: SurveyViews,
    private readonly visitors: SurveyVisitors,
  ) {}

  @Get()
  @ApiProduces('text/html')
  @ApiQuery({ name: 'id', description: 'Campaign id.', example: 'lunch-2026', required: true })
  @ApiResponse({ status: 404, description: 'The survey does not exist.' })
  @ApiOperation({ summary: 'Show a survey form' })
  showSurvey(@Query('id') id: unknown, @Req() request: Request, @Res() response: Response): Promise<void> {
    return sendPage(
      response,
      this.views.form(id, () => this.visitors.identify(request, response)),
    );
  }

  @Post()
  @UseGuards(OwnOriginGuard)
  @HttpCode(200)
  @ApiResponse({ status: 400, description: 'The answer is empty or too long. The form is returned again.' })
  @ApiResponse({
    status: 403,
    description: 'The request comes from another origin.',
    content: {
      'application/json': {
        schema: { type: 'object', properties: { message: { type: 'string' } }, required: ['message'] },
        examples: { 'Another origin': { value: { message: 'The request comes from a page of another site.' } } },
      },
    },
  })
  @ApiResponse({ status: 404, description: 'The survey does not exist.' })
  @ApiResponse({ status: 409, description: 'The visitor has already answered.' })
  @ApiProduces('text/html')
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiOperation({ summary: 'Answer a survey', description: 'Accepts one answer per visitor.' })
  answerSurvey(@Body() form: unknown, @Req() request: Request, @Res() response: Response): Promise<void> {
    return sendPage(
      response,
      this.views.answer(form, () => this.visitors.identify(request, response)),
    );
  }

  @Get('results')
  @ApiProduces('text/html')
  @ApiQuery({ name: 'id', description: 'Campaign id.', example: 'lunch-2026', required: true })
  @ApiQuery({
    name: 'expires',
    description: 'Expiry of the link as a Unix time in seconds.',
    example: '1696845600',
    required: true,
  })
  @ApiQuery({ name: 'signature', description: 'Signature of the link.', example: 'c2ln', required: true })
  @ApiResponse({ status: 403, description: 'The link has expired.' })
  @ApiResponse({ status: 404, description: 'The link is invalid or the survey does not exist.' })
  @ApiOperation({
    summary: 'Show survey results',
    description: 'The Admin API and the Bot API return the signed link to this page.',
  })
  showSurveyResults(@Query() query: Record<string, unknown>, @Res() response: Response): Promise<void> {
    return sendPage(response, this.views.sharedResults(query));
  }
}
