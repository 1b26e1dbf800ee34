import { DomainError } from '../../core/errors/domain.error.js';

export const surveyNotFound = () => new DomainError('not_found', 'survey.not_found', 'Survey not found.');
export const shareLinkExpired = () =>
  new DomainError('forbidden', 'survey.results_expired', 'This link has expired. Request a new one.');
export const alreadyAnswered = () =>
  new DomainError('conflict', 'survey.answered_already', 'You have already answered this survey.');
export const answerEmpty = () => new DomainError('invalid', 'survey.answer_empty', 'Answer must not be empty.');
export const answerTooLong = (limit: number) =>
  new DomainError('invalid', 'survey.answer_too_long', `Answer must be at most ${limit} characters.`, { limit });
export const surveyKindFixed = () =>
  new DomainError('conflict', 'survey.kind_fixed', 'The survey kind cannot change after the first answer.');
export const surveyKindChanged = () =>
  new DomainError(
    'invalid',
    'survey.kind_changed',
    'This survey has changed. Check above whether your name is stored with your answer, then submit it again.',
  );
export const notASurvey = () =>
  new DomainError('invalid', 'survey.not_a_survey', 'This message is not one of your survey invitations.');
