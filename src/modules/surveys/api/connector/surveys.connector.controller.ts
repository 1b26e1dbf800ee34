import { randomUUID } from 'node:crypto';
import { Body, Controller, Get, HttpCode, Post, Query, Req, Res } from '@nestjs/common';
import { ApiConsumes, ApiOperation, ApiProduces, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { tellOutage } from '../../../../core/database/outage.js';
import { DomainError } from '../../../../core/errors/domain.error.js';
import { SessionsService } from '../../../auth/index.js';
import { SURVEY_PATH } from '../../survey-pages.js';
import { SurveyResultsService } from '../../survey-results.service.js';
import { type Respondent, SurveysService } from '../../surveys.service.js';
import { formPage, messagePage, resultsPage } from './survey-page.js';

const MARK = 'survey';
const MARK_FORM = /^[0-9a-f-]{36}$/;
const YEAR_MS = 365 * 86_400_000;
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors *; base-uri 'none'";
const THANKS = 'Thank you, your answer was kept.';
/** The newest; all are to be had through the APIs. */
const SHOWN_ANSWERS = 200;

const STATUS_OF_KIND: Partial<Record<DomainError['kind'], number>> = { forbidden: 403, unavailable: 503 };

/** The page to which invitations lead. Who has a session answers with it, anybody else with the mark of the browser. */
@Controller(SURVEY_PATH)
@ApiTags('Surveys')
export class SurveysConnectorController {
  constructor(
    private readonly surveys: SurveysService,
    private readonly results: SurveyResultsService,
    private readonly sessions: SessionsService,
  ) {}

  @Get()
  @ApiProduces('text/html')
  @ApiQuery({ name: 'id', description: 'The campaign.', example: 'lunch-2026', required: true })
  @ApiResponse({ status: 404, description: 'There is no such survey.' })
  @ApiOperation({ summary: 'Shows the title of a survey, and a form for one answer.' })
  async show(@Query('id') id: unknown, @Req() request: Request, @Res() response: Response): Promise<void> {
    await this.answerWith(response, async () => {
      const { campaignId, title } = await this.surveys.get(textOf(id));
      const hasAnswered = await this.surveys.hasAnswered(campaignId, this.respondent(request, response));
      return [
        200,
        hasAnswered ? messagePage(title, 'You have answered this survey already.') : formPage(title, campaignId),
      ];
    });
  }

  @Post()
  @HttpCode(200)
  @ApiResponse({ status: 400, description: 'The answer is empty or too long; the form again.' })
  @ApiResponse({ status: 404, description: 'There is no such survey.' })
  @ApiResponse({ status: 409, description: 'This person has answered already.' })
  @ApiProduces('text/html')
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiOperation({ summary: 'Takes an answer to a survey; of each person one.' })
  async answer(@Body() body: unknown, @Req() request: Request, @Res() response: Response): Promise<void> {
    const { id, answer } = (body ?? {}) as Record<string, unknown>;
    await this.answerWith(response, async () => {
      const { campaignId, title } = await this.surveys.get(textOf(id));
      try {
        await this.surveys.answer(campaignId, this.respondent(request, response), textOf(answer));
        return [200, messagePage(title, THANKS)];
      } catch (error) {
        if (!(error instanceof DomainError)) throw error;
        if (error.kind === 'conflict') return [409, messagePage(title, error.message)];
        return [400, formPage(title, campaignId, error.message)];
      }
    });
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
  async showResults(@Query() query: Record<string, unknown>, @Res() response: Response): Promise<void> {
    await this.answerWith(response, async () => [
      200,
      resultsPage(await this.results.shared(textOf(query.id), query, SHOWN_ANSWERS)),
    ]);
  }

  private async answerWith(response: Response, make: () => Promise<[status: number, page: string]>): Promise<void> {
    const [status, page] = await make().catch((caught: unknown): [number, string] => {
      const error = tellOutage(caught);
      if (error instanceof DomainError)
        return [STATUS_OF_KIND[error.kind] ?? 404, messagePage('Survey', error.message)];
      throw error;
    });
    response.status(status).set({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': POLICY,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
    response.send(page);
  }

  private respondent(request: Request, response: Response): Respondent {
    const cookies = readCookies(request.headers.cookie ?? '');
    const userId = this.userOf(cookies.get('token'));
    const known = cookies.get(MARK);
    if (userId !== undefined) return { userId, mark: '' };
    const mark = known !== undefined && MARK_FORM.test(known) ? known : randomUUID();
    response.cookie(MARK, mark, { httpOnly: true, sameSite: 'lax', maxAge: YEAR_MS, path: SURVEY_PATH });
    return { userId: undefined, mark };
  }

  private userOf(token: string | undefined): string | undefined {
    try {
      return this.sessions.verify(token).id;
    } catch {
      return undefined;
    }
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' && !value.includes('\0') ? value : '');

const readCookies = (header: string): Map<string, string> =>
  new Map(
    header.split(';').flatMap((part): [string, string][] => {
      const [name, value] = part.split('=', 2);
      return value === undefined ? [] : [[name.trim(), value.trim()]];
    }),
  );
