import { Injectable } from '@nestjs/common';
import { Settings } from '../../core/config/settings.js';
import { type LinkQuery, LinkSigner } from '../../core/crypto/link-signer.js';
import { type Actor, mayActAs } from '../auth/index.js';
import { type UserEntity, UsersService } from '../users/index.js';
import { resultsExpired, surveyNotFound } from './survey.errors.js';
import type { SurveyAnswerEntity } from './survey.entity.js';
import { SurveysRepository, type SurveySummary } from './surveys.repository.js';

export type { SurveySummary };

/** An answer, and who has given it, if that may be known and is. */
export interface SurveyAnswer {
  answer: SurveyAnswerEntity;
  author: UserEntity | undefined;
}

/** A part of the answers, in the order in which they came. */
export interface SurveyAnswers {
  total: number;
  answers: SurveyAnswer[];
}

/** What has come of surveys: for operators that of all, for a bot that of its own, and for whoever was handed a link that of one. */
@Injectable()
export class SurveyResultsService {
  private readonly links: LinkSigner;

  constructor(
    { ENCRYPTION_KEY }: Settings,
    private readonly surveys: SurveysRepository,
    private readonly users: UsersService,
  ) {
    this.links = new LinkSigner(ENCRYPTION_KEY, 'survey-results');
  }

  /** The newest first. @param botId only those of this bot */
  list(actor: Actor, limit: number, skip: number, botId?: string): Promise<SurveySummary[]> {
    return this.surveys.summaries({ botId: actor.kind === 'operator' ? botId : actor.id, limit, skip });
  }

  /** @throws DomainError not_found `survey.not_found`, also for the survey of another bot */
  async get(actor: Actor, campaignId: string): Promise<SurveySummary> {
    const [summary] = await this.surveys.summaries({ campaignId, limit: 1, skip: 0 });
    if (!summary || !(actor.kind === 'operator' || mayActAs(actor, summary.survey.botId))) throw surveyNotFound();
    return summary;
  }

  /** @throws as `get` */
  async answers(actor: Actor, campaignId: string, limit: number, skip: number): Promise<SurveyAnswers> {
    const { answerCount } = await this.get(actor, campaignId);
    return this.readAnswers(campaignId, answerCount, limit, skip);
  }

  /** @returns the query of a link by which anybody may see what has come of this survey, for a day or so */
  shareQuery(campaignId: string): string {
    return this.links.sign(campaignId);
  }

  /**
   * What has come of a survey, with the newest answers, for who comes by such a link.
   *
   * @throws DomainError not_found `survey.not_found`; forbidden `survey.results_expired`
   */
  async shared(campaignId: string, query: LinkQuery, limit: number): Promise<SurveySummary & SurveyAnswers> {
    const verdict = this.links.check(campaignId, query);
    if (verdict === 'expired') throw resultsExpired();
    const [summary] = verdict === 'good' ? await this.surveys.summaries({ campaignId, limit: 1, skip: 0 }) : [];
    if (!summary) throw surveyNotFound();
    const skip = Math.max(0, summary.answerCount - limit);
    return { ...summary, ...(await this.readAnswers(campaignId, summary.answerCount, limit, skip)) };
  }

  private async readAnswers(campaignId: string, total: number, limit: number, skip: number): Promise<SurveyAnswers> {
    const answers = await this.surveys.answers(campaignId, limit, skip);
    const authors = await this.users.findMany(answers.flatMap(({ userId }) => userId ?? []));
    return { total, answers: answers.map((answer) => ({ answer, author: authors.get(answer.userId ?? '') })) };
  }
}
