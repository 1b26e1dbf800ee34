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

  hasAnswered(campaignId: string, respondentHash: Buffer): Promise<boolean> {
    return this.database.manager.existsBy(SurveyAnswerEntity, { campaignId, respondentHash });
  }

  /** @returns false when this respondent has answered before */
  async answer(answer: Omit<SurveyAnswerEntity, 'answeredAt'>): Promise<boolean> {
    const { campaignId, respondentHash, userId, answer: text } = answer;
    return (await this.database.query(ANSWER, [campaignId, respondentHash, userId, text])).length > 0;
  }
}
