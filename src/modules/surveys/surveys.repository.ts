import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../core/database/database.js';
import { SurveyAnswerEntity, SurveyEntity } from './survey.entity.js';

const PUT = statement(
  'surveys.put',
  `INSERT INTO surveys (campaign_id, bot_id, title, is_anonymous, created_at) VALUES ($1, $2, $3, $4, now())
   ON CONFLICT (campaign_id) DO UPDATE SET title = excluded.title, is_anonymous = excluded.is_anonymous
   WHERE surveys.bot_id = excluded.bot_id`,
);
const ANSWER = statement(
  'surveys.answer',
  `INSERT INTO survey_answers (campaign_id, respondent_hash, user_id, answer, answered_at) VALUES ($1, $2, $3, $4, now())
   ON CONFLICT DO NOTHING RETURNING 1`,
);

// The answers are counted of those surveys only that are on the page.
const SUMMARIES = statement(
  'surveys.summaries',
  `SELECT s.campaign_id AS "campaignId", s.bot_id AS "botId", s.title, s.is_anonymous AS "isAnonymous", s.created_at AS "createdAt",
          a.count AS "answerCount", a.newest AS "newestAnswerAt"
   FROM (SELECT * FROM surveys
         WHERE ($1::text IS NULL OR campaign_id = $1) AND ($2::text IS NULL OR bot_id = $2)
         ORDER BY created_at DESC, campaign_id DESC LIMIT $3 OFFSET $4) s
   CROSS JOIN LATERAL (
     SELECT count(*) AS count, max(answered_at) AS newest FROM survey_answers WHERE campaign_id = s.campaign_id) a
   ORDER BY s.created_at DESC, s.campaign_id DESC`,
);

/** Which surveys. */
export interface SurveyFilter {
  campaignId?: string;
  botId?: string;
  limit: number;
  skip: number;
}

/** A survey, and how many have answered it. */
export interface SurveySummary {
  survey: SurveyEntity;
  answerCount: number;
  /** Null as long as nobody has answered. */
  newestAnswerAt: Date | null;
}

@Injectable()
export class SurveysRepository {
  constructor(private readonly database: Database) {}

  /** Another bot's survey stays as it is. */
  async put({ campaignId, botId, title, isAnonymous }: Omit<SurveyEntity, 'createdAt'>): Promise<void> {
    await this.database.query(PUT, [campaignId, botId, title, isAnonymous]);
  }

  find(campaignId: string): Promise<SurveyEntity | null> {
    return this.database.manager.findOneBy(SurveyEntity, { campaignId });
  }

  /** The newest first. */
  async summaries({ campaignId, botId, limit, skip }: SurveyFilter): Promise<SurveySummary[]> {
    const rows = await this.database.query<SurveyEntity & Omit<SurveySummary, 'survey'>>(SUMMARIES, [
      campaignId ?? null,
      botId ?? null,
      limit,
      skip,
    ]);
    return rows.map(({ answerCount, newestAnswerAt, ...survey }) => ({ survey, answerCount, newestAnswerAt }));
  }

  /** In the order in which they came. */
  answers(campaignId: string, limit: number, skip: number): Promise<SurveyAnswerEntity[]> {
    return this.database.manager.find(SurveyAnswerEntity, {
      where: { campaignId },
      order: { answeredAt: 'ASC', respondentHash: 'ASC' },
      take: limit,
      skip,
    });
  }

  hasAnswered(campaignId: string, respondentHash: Buffer): Promise<boolean> {
    return this.database.manager.existsBy(SurveyAnswerEntity, { campaignId, respondentHash });
  }

  /** @returns false when this respondent has answered before */
  async answer(answer: Omit<SurveyAnswerEntity, 'answeredAt'>): Promise<boolean> {
    const { campaignId, respondentHash, userId, answer: text } = answer;
    return (await this.database.query(ANSWER, [campaignId, respondentHash, userId, text])).length > 0;
  }
}
