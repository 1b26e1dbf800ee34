import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
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
    const cookies = readCookies(request.headers.cookie ?? '');
    const userId = await this.userOf(cookies.get('token'));
    if (userId !== undefined) return { userId, browserId: '' };
    const known = cookies.get(COOKIE);
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

const readCookies = (header: string): Map<string, string> =>
  new Map(
    header.split(';').flatMap((part): [string, string][] => {
      const [name, value] = part.split('=', 2);
      return value === undefined ? [] : [[name.trim(), value.trim()]];
    }),
  );
