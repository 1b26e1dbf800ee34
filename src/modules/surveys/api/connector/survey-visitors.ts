import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { SessionsService } from '../../../auth/index.js';
import { SURVEY_PATH } from '../../survey-pages.js';
import type { Respondent } from '../../surveys.service.js';

const MARK = 'survey';
const MARK_FORM = /^[0-9a-f-]{36}$/;
const YEAR_MS = 365 * 86_400_000;

/** Tells who looks at a survey: who has a session by it, anybody else by a mark that the browser is given. */
@Injectable()
export class SurveyVisitors {
  constructor(private readonly sessions: SessionsService) {}

  identify(request: Request, response: Response): Respondent {
    const cookies = readCookies(request.headers.cookie ?? '');
    const userId = this.userOf(cookies.get('token'));
    if (userId !== undefined) return { userId, mark: '' };
    const known = cookies.get(MARK);
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

const readCookies = (header: string): Map<string, string> =>
  new Map(
    header.split(';').flatMap((part): [string, string][] => {
      const [name, value] = part.split('=', 2);
      return value === undefined ? [] : [[name.trim(), value.trim()]];
    }),
  );
