import { Injectable } from '@nestjs/common';
import { DomainError, type ErrorKind } from '../../../../core/errors/domain.error.js';
import { toOutageError } from '../../../../core/database/outage.js';
import { SurveyResultsService } from '../../survey-results.service.js';
import { type Respondent, SurveysService } from '../../surveys.service.js';
import { formPage, messagePage, resultsPage, type SurveyPage } from './survey-page.js';

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
