import { surveyResultsUrl } from '../../survey-pages.js';
import type { SurveyAnswers, SurveyPageRequest, SurveySummary } from '../../survey-results.service.js';
import type { ClientSurveyAnswersDto, ClientSurveyDto } from './surveys.client.dto.js';

/** @param shareQuery the query that grants access to the results page */
export const toClientSurvey = (
  { survey, answerCount, newestAnswerAt }: SurveySummary,
  publicUrl: string,
  shareQuery: string,
): ClientSurveyDto => ({
  campaignId: survey.name ?? survey.campaignId,
  botId: survey.botId,
  title: survey.title,
  isAnonymous: survey.isAnonymous,
  createdAt: survey.createdAt.getTime(),
  answerCount,
  newestAnswerAt: newestAnswerAt?.getTime() ?? null,
  resultsUrl: surveyResultsUrl(publicUrl, survey.campaignId, shareQuery),
});

export const toClientSurveyAnswers = ({ total, answers }: SurveyAnswers): ClientSurveyAnswersDto => ({
  total,
  answers: answers.map(({ answer, author }) => ({
    userId: answer.userId,
    nickname: author?.nickname ?? null,
    answer: answer.answer,
    timestamp: answer.answeredAt.getTime(),
  })),
});

export const toPageRequest = (page: number, limit: number): SurveyPageRequest => ({ limit, skip: (page - 1) * limit });
