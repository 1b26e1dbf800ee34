import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { parse } from 'cookie';
import type { Request, Response } from 'express';
import { DomainError } from '../../../../core/errors/domain.error.js';
import { SessionsService } from '../../../auth/index.js';
import { SURVEY_PATH } from '../../survey-pages.js';
import type { Respondent } from '../../surveys.service.js';

const COOKIE = 'survey';
const COOKIE_PATTERN = /^[0-9a-f-]{36}$/;
const YEAR_MS = 365 * 86_400_000;

/** Identifies visitors of a survey page by their session, or by a cookie. */
@Injectable()
export class SurveyVisitors {
  constructor(private readonly sessions: SessionsService) {}

  async identify(request: Request, response: Response): Promise<Respondent> {
    const cookies = parse(request.headers.cookie ?? '');
    const userId = await this.userOf(cookies.token);
    if (userId !== undefined) return { userId, browserId: '' };
    const known = cookies[COOKIE];
    const browserId = known !== undefined && COOKIE_PATTERN.test(known) ? known : randomUUID();
    response.cookie(COOKIE, browserId, { httpOnly: true, sameSite: 'lax', maxAge: YEAR_MS, path: SURVEY_PATH });
    return { userId: undefined, browserId };
  }

  private async userOf(token: string | undefined): Promise<string | undefined> {
    try {
      return (await this.sessions.verify(token)).id;
    } catch (error) {
      if (error instanceof DomainError && error.kind === 'unauthenticated') return undefined;
      throw error;
    }
  }
}
