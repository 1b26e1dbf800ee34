import type { Response } from 'express';
import { escapeHtml } from '../../../messages/api/connector/messages.connector.mapper.js';
import type { SurveyEntity } from '../../survey.entity.js';
import type { SurveyAnswer, SurveyAnswers, SurveySummary } from '../../survey-results.service.js';

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

export interface SurveyPage {
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
export const formPage = ({ title, campaignId, isAnonymous }: SurveyEntity, error?: string): SurveyPage => ({
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

export const messagePage = (title: string, message: string, status = 200): SurveyPage => ({
  status,
  html: page(title, `<p>${escapeHtml(message)}</p>`),
});

/** Newest answers first. */
export function resultsPage({ survey, answerCount, answers, total }: SurveySummary & SurveyAnswers): SurveyPage {
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
