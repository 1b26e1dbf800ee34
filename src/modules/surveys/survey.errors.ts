import { DomainError } from '../../core/errors/domain.error.js';

export const surveyNotFound = () => new DomainError('not_found', 'survey.not_found', 'There is no such survey.');
export const resultsExpired = () =>
  new DomainError('forbidden', 'survey.results_expired', 'This link has expired: ask for a new one.');
export const answeredAlready = () =>
  new DomainError('conflict', 'survey.answered_already', 'You have answered this survey already.');
export const answerEmpty = () => new DomainError('invalid', 'survey.answer_empty', 'The answer must not be empty.');
export const answerTooLong = (limit: number) =>
  new DomainError('invalid', 'survey.answer_too_long', `An answer may have ${limit} characters at most.`, { limit });
export const surveyKindFixed = () =>
  new DomainError('conflict', 'survey.kind_fixed', 'The kind of a survey cannot change after the first answer.');
export const surveyKindChanged = () =>
  new DomainError(
    'invalid',
    'survey.kind_changed',
    'This survey has changed: see above whether your name is stored with your answer, and send it again.',
  );
export const notASurvey = () =>
  new DomainError('invalid', 'survey.not_a_survey', 'This message invites to no survey of yours.');
