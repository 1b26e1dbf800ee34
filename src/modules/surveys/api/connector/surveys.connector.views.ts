import type { Response } from 'express';
import { escapeHtml } from '../../../messages/api/connector/messages.connector.mapper.js';
import type { SurveyEntity } from '../../survey.entity.js';
import {
  type SurveyAnswer,
  type SurveyAnswers,
  type SurveySummary,
  SurveyResultsService,
} from '../../survey-results.service.js';
import { Injectable } from '@nestjs/common';
import { DomainError, type ErrorKind } from '../../../../core/errors/domain.error.js';
import { toOutageError } from '../../../../core/database/outage.js';
import { type Respondent, SurveysService } from '../../surveys.service.js';

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:4rem auto;padding:0 1rem}' +
  'textarea{width:100%;box-sizing:border-box;font:inherit;min-height:8rem}button{font:inherit;margin-top:1rem;padding:.5rem 1rem}';

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors *; base-uri 'none'",
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

interface SurveyPage {
  status: number;
  html: string;
}

/** Sends the page as the response. */
export async function sendPage(response: Response, page: Promise<SurveyPage>): Promise<void> {
  const { status, html } = await page;
  response.status(status).set(HEADERS).send(html);
}

const page = (title: string, content: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
  `<title>${escapeHtml(title)}</title><style>${STYLE}</style></head><body><main><h1>${escapeHtml(title)}</h1>${content}</main></body></html>\n`;

const PRIVACY = {
  anonymous: 'This survey is anonymous: your name is not stored with your answer.',
  named: 'This survey is not anonymous: if you are signed in, your name is stored with your answer.',
};

/** @param error the error of a rejected answer */
const formPage = ({ title, campaignId, isAnonymous }: SurveyEntity, error?: string): SurveyPage => ({
  status: error === undefined ? 200 : 400,
  html: page(
    title,
    `${error === undefined ? '' : `<p role="alert">${escapeHtml(error)}</p>`}` +
      `<form method="post"><input type="hidden" name="id" value="${escapeHtml(campaignId)}">` +
      `<input type="hidden" name="anonymous" value="${isAnonymous}"><p>${isAnonymous ? PRIVACY.anonymous : PRIVACY.named}</p>` +
      `<label for="answer">Your answer</label><textarea id="answer" name="answer" maxlength="4000" required></textarea>` +
      `<button>Send</button></form>`,
  ),
});

const messagePage = (title: string, message: string, status = 200): SurveyPage => ({
  status,
  html: page(title, `<p>${escapeHtml(message)}</p>`),
});

/** Newest answers first. */
function resultsPage({ survey, answerCount, answers, total }: SurveySummary & SurveyAnswers): SurveyPage {
  const shown = answers.length < total ? ` Shown are the newest ${answers.length}.` : '';
  const count = answerCount === 1 ? 'One person has answered.' : `${answerCount} people have answered.`;
  const items = answers.toReversed().map(toItem).join('');
  return {
    status: 200,
    html: page(survey.title, `<p>${count}${shown}</p><ol reversed start="${total}">${items}</ol>`),
  };
}

const toItem = ({ answer, author }: SurveyAnswer): string =>
  `<li><p>${escapeHtml(answer.answer).replace(/\n/g, '<br>')}</p><small>${author ? `${escapeHtml(author.nickname)}, ` : ''}` +
  `${answer.answeredAt.toISOString().slice(0, 16).replace('T', ' ')} UTC</small></li>`;

const THANKS = 'Thank you, your answer was saved.';
/** The newest answers; the APIs return all of them. */
const MAX_SHOWN_ANSWERS = 200;
const STATUS_OF_KIND: Partial<Record<ErrorKind, number>> = { forbidden: 403, unavailable: 503 };

/** Survey pages for browsers. Errors are rendered as pages too. */
@Injectable()
export class SurveyViews {
  constructor(
    private readonly surveys: SurveysService,
    private readonly results: SurveyResultsService,
  ) {}

  /** @param identify called only if the survey exists */
  form(id: unknown, identify: () => Promise<Respondent>): Promise<SurveyPage> {
    return withErrorPage(async () => {
      const survey = await this.surveys.get(textOf(id));
      const hasAnswered = await this.surveys.hasAnswered(survey.campaignId, await identify());
      return hasAnswered ? messagePage(survey.title, 'You have already answered this survey.') : formPage(survey);
    });
  }

  /** @param form the request body */
  answer(form: unknown, identify: () => Promise<Respondent>): Promise<SurveyPage> {
    const { id, answer, anonymous } = (form ?? {}) as Record<string, unknown>;
    return withErrorPage(async () => {
      const { campaignId, title } = await this.surveys.get(textOf(id));
      try {
        await this.surveys.answer(campaignId, await identify(), textOf(answer), readKind(anonymous));
        return messagePage(title, THANKS);
      } catch (error) {
        if (!(error instanceof DomainError)) throw error;
        if (error.kind === 'conflict') return messagePage(title, error.message, 409);
        return formPage(await this.surveys.get(campaignId), error.message);
      }
    });
  }

  /** @param query query of the signed link */
  sharedResults(query: Record<string, unknown>): Promise<SurveyPage> {
    return withErrorPage(async () =>
      resultsPage(await this.results.getShared(textOf(query.id), query, MAX_SHOWN_ANSWERS)),
    );
  }
}

async function withErrorPage(render: () => Promise<SurveyPage>): Promise<SurveyPage> {
  try {
    return await render();
  } catch (caught) {
    const error = toOutageError(caught);
    if (!(error instanceof DomainError)) throw error;
    return messagePage('Survey', error.message, STATUS_OF_KIND[error.kind] ?? 404);
  }
}

/** @returns whether the submitted form was anonymous; undefined if the field is absent */
const readKind = (anonymous: unknown): boolean | undefined =>
  anonymous === 'true' || anonymous === 'false' ? anonymous === 'true' : undefined;

const textOf = (value: unknown): string => (typeof value === 'string' && !value.includes('\0') ? value : '');
