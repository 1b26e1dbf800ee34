import { Injectable } from '@nestjs/common';
import { Settings } from '../../core/config/settings.js';
import { type LinkQuery, LinkSigner } from '../../core/crypto/link-signer.js';
import type { Actor } from '../auth/index.js';
import { type UserEntity, UsersService } from '../users/index.js';
import { resultsExpired, surveyNotFound } from './survey.errors.js';
import type { SurveyAnswerEntity } from './survey.entity.js';
import { SurveysRepository, type SurveySummary } from './surveys.repository.js';

export type { SurveySummary };

/** An answer with its author, unless the author is unknown or deleted. */
export interface SurveyAnswer {
  answer: SurveyAnswerEntity;
  author: UserEntity | undefined;
}

/** A page of answers to read. */
export interface SurveyPart {
  limit: number;
  skip: number;
}

/** A page of answers, oldest first. */
export interface SurveyAnswers {
  total: number;
  answers: SurveyAnswer[];
}

/** Results of surveys: all of them for API credentials, its own for a bot, one survey for the holder of a share link. */
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

  /** Newest first. @param botId only surveys of this bot */
  list(actor: Actor, limit: number, skip: number, botId?: string): Promise<SurveySummary[]> {
    return this.surveys.summaries({ botId: actor.kind === 'operator' ? botId : actor.id, limit, skip });
  }

  /**
   * A bot gets its own surveys by name. API credentials get all surveys: those of the bot `botId` by name, any survey by the id of its page.
   *
   * @throws DomainError not_found `survey.not_found`, also for the survey of another bot
   */
  async get(actor: Actor, campaignId: string, botId?: string): Promise<SurveySummary> {
    const owner = actor.kind === 'operator' ? botId : actor.id;
    const id = owner === undefined ? campaignId : (await this.surveys.findOfBot(owner, campaignId))?.campaignId;
    const [summary] = id === undefined ? [] : await this.surveys.summaries({ campaignId: id, limit: 1, skip: 0 });
    if (!summary) throw surveyNotFound();
    return summary;
  }

  /** @throws as `get` */
  async answers(actor: Actor, campaignId: string, page: SurveyPart, botId?: string): Promise<SurveyAnswers> {
    const { survey, answerCount } = await this.get(actor, campaignId, botId);
    return this.readAnswers(survey.campaignId, answerCount, page.limit, page.skip);
  }

  /** @returns the query of a share link that grants access to the results for about a day */
  shareQuery(campaignId: string): string {
    return this.links.sign(campaignId);
  }

  /**
   * The results of a survey with its newest answers, for the holder of a share link.
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
