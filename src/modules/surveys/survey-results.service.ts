import { Injectable } from '@nestjs/common';
import { Settings } from '../../core/config/settings.js';
import { type LinkQuery, LinkSigner } from '../../core/crypto/link-signer.js';
import type { Actor } from '../auth/index.js';
import { type UserEntity, UsersService } from '../users/index.js';
import { shareLinkExpired, surveyNotFound } from './survey.errors.js';
import type { SurveyAnswerEntity } from './survey.entity.js';
import { SurveysRepository, type SurveySummary } from './surveys.repository.js';

export type { SurveySummary };

/** An answer with its author, unless the author is unknown or deleted. */
export interface SurveyAnswer {
  answer: SurveyAnswerEntity;
  author: UserEntity | undefined;
}

/** A page of answers to read. */
export interface SurveyPageRequest {
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
  private readonly linkSigner: LinkSigner;

  constructor(
    { ENCRYPTION_KEY }: Settings,
    private readonly surveys: SurveysRepository,
    private readonly users: UsersService,
  ) {
    this.linkSigner = new LinkSigner(ENCRYPTION_KEY, 'survey-results');
  }

  /** Newest first. @param botId only surveys of this bot */
  list(actor: Actor, page: SurveyPageRequest, botId?: string): Promise<SurveySummary[]> {
    return this.surveys.listSummaries({ botId: ownerOf(actor, botId), ...page });
  }

  /**
   * A bot gets its own surveys by name. API credentials get all surveys: those of the bot `botId` by name, any survey by the id of its page.
   *
   * @throws DomainError not_found `survey.not_found`, also for the survey of another bot
   */
  async get(actor: Actor, campaignId: string, botId?: string): Promise<SurveySummary> {
    const owner = ownerOf(actor, botId);
    const id = owner === undefined ? campaignId : (await this.surveys.findByBot(owner, campaignId))?.campaignId;
    const [summary] = id === undefined ? [] : await this.surveys.listSummaries({ campaignId: id, limit: 1, skip: 0 });
    if (!summary) throw surveyNotFound();
    return summary;
  }

  /** @throws as `get` */
  async listAnswers(actor: Actor, campaignId: string, page: SurveyPageRequest, botId?: string): Promise<SurveyAnswers> {
    const { survey, answerCount } = await this.get(actor, campaignId, botId);
    return this.loadAnswers(survey.campaignId, answerCount, page.limit, page.skip);
  }

  /** @returns the query of a share link that grants access to the results for about a day */
  createShareQuery(campaignId: string): string {
    return this.linkSigner.sign(campaignId);
  }

  /**
   * The results of a survey with its newest answers, for the holder of a share link.
   *
   * @throws DomainError not_found `survey.not_found`; forbidden `survey.results_expired`
   */
  async getShared(campaignId: string, query: LinkQuery, limit: number): Promise<SurveySummary & SurveyAnswers> {
    const linkState = this.linkSigner.check(campaignId, query);
    if (linkState === 'expired') throw shareLinkExpired();
    const [summary] = linkState === 'good' ? await this.surveys.listSummaries({ campaignId, limit: 1, skip: 0 }) : [];
    if (!summary) throw surveyNotFound();
    const skip = Math.max(0, summary.answerCount - limit);
    return { ...summary, ...(await this.loadAnswers(campaignId, summary.answerCount, limit, skip)) };
  }

  private async loadAnswers(campaignId: string, total: number, limit: number, skip: number): Promise<SurveyAnswers> {
    const answers = await this.surveys.listAnswers(campaignId, limit, skip);
    const authors = await this.users.findMany(answers.flatMap(({ userId }) => userId ?? []));
    return { total, answers: answers.map((answer) => ({ answer, author: authors.get(answer.userId ?? '') })) };
  }
}

/** The bot whose surveys an actor reads: a bot reads its own, an API credential those of `botId`; undefined for all. */
const ownerOf = (actor: Actor, botId: string | undefined): string | undefined =>
  actor.kind === 'service' ? botId : actor.id;
