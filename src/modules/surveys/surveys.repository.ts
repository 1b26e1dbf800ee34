import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../core/database/database.js';
import { columnList, insertInto, insertValues } from '../../core/database/entity-columns.js';
import { SurveyAnswerEntity, SurveyEntity } from './survey.entity.js';

const COLUMNS = columnList(SurveyEntity);
const FIND_BY_BOT = `SELECT ${COLUMNS} FROM surveys WHERE bot_id = $1 AND (name = $2 OR campaign_id = $2)
   ORDER BY name = $2 DESC NULLS LAST LIMIT 1`;

const BY_BOT = statement('surveys.of_bot', FIND_BY_BOT);
// Answers share-lock the row, so none is inserted between the check for answers and a change of the kind.
const LOCK_BY_BOT = statement('surveys.lock_of_bot', `${FIND_BY_BOT} FOR UPDATE`);
const INSERT = statement(
  'surveys.insert',
  `${insertInto('surveys', SurveyEntity)} ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
);
const ANSWER = statement(
  'surveys.answer',
  `INSERT INTO survey_answers (campaign_id, respondent_hash, user_id, answer, answered_at)
   SELECT campaign_id, $2, CASE WHEN is_anonymous THEN NULL ELSE $3::text END, $4, now() FROM surveys
   WHERE campaign_id = $1 AND is_anonymous = coalesce($5::boolean, is_anonymous) FOR SHARE
   ON CONFLICT DO NOTHING RETURNING 1`,
);

// Counts the answers only of the surveys on the page.
const SUMMARIES = statement(
  'surveys.summaries',
  `SELECT ${columnList(SurveyEntity, 's')},
          a.count AS "answerCount", a.newest AS "newestAnswerAt"
   FROM (SELECT * FROM surveys
         WHERE ($1::text IS NULL OR campaign_id = $1) AND ($2::text IS NULL OR bot_id = $2)
         ORDER BY created_at DESC, campaign_id DESC LIMIT $3 OFFSET $4) s
   CROSS JOIN LATERAL (
     SELECT count(*) AS count, max(answered_at) AS newest FROM survey_answers WHERE campaign_id = s.campaign_id) a
   ORDER BY s.created_at DESC, s.campaign_id DESC`,
);

/** The surveys to list. */
export interface SurveyFilter {
  campaignId?: string;
  botId?: string;
  limit: number;
  skip: number;
}

/** A survey with the number of its answers. */
export interface SurveySummary {
  survey: SurveyEntity;
  answerCount: number;
  /** Null without answers. */
  newestAnswerAt: Date | null;
}

@Injectable()
export class SurveysRepository {
  constructor(private readonly database: Database) {}

  /** The survey of a bot, by its name or by the id of its page. */
  async findByBot(botId: string, name: string): Promise<SurveyEntity | undefined> {
    return (await this.database.query<SurveyEntity>(BY_BOT, [botId, name]))[0];
  }

  /** As `findByBot`, and locks the survey against answers until the open transaction ends. */
  async lockByBot(botId: string, name: string): Promise<SurveyEntity | undefined> {
    return (await this.database.query<SurveyEntity>(LOCK_BY_BOT, [botId, name]))[0];
  }

  /** @returns undefined if a survey with this id, or with this name of the same bot, exists */
  async insert(survey: Omit<SurveyEntity, 'createdAt'>): Promise<SurveyEntity | undefined> {
    const values = insertValues(SurveyEntity, { ...survey, createdAt: new Date() });
    return (await this.database.query<SurveyEntity>(INSERT, values))[0];
  }

  async update(campaignId: string, changes: Pick<SurveyEntity, 'name' | 'title' | 'isAnonymous'>): Promise<void> {
    await this.database.manager.update(SurveyEntity, { campaignId }, changes);
  }

  hasAnswers(campaignId: string): Promise<boolean> {
    return this.database.manager.existsBy(SurveyAnswerEntity, { campaignId });
  }

  find(campaignId: string): Promise<SurveyEntity | null> {
    return this.database.manager.findOneBy(SurveyEntity, { campaignId });
  }

  /** Newest first. */
  async listSummaries({ campaignId, botId, limit, skip }: SurveyFilter): Promise<SurveySummary[]> {
    const rows = await this.database.query<SurveyEntity & Omit<SurveySummary, 'survey'>>(SUMMARIES, [
      campaignId ?? null,
      botId ?? null,
      limit,
      skip,
    ]);
    return rows.map(({ answerCount, newestAnswerAt, ...survey }) => ({ survey, answerCount, newestAnswerAt }));
  }

  /** Oldest first. */
  listAnswers(campaignId: string, limit: number, skip: number): Promise<SurveyAnswerEntity[]> {
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

  /**
   * Stores an answer, without its author if the survey is anonymous.
   *
   * @param isAnonymous the kind of the survey as shown to the respondent
   * @returns false if this respondent has already answered, or the kind of the survey differs
   */
  async insertAnswer(
    answer: Omit<SurveyAnswerEntity, 'answeredAt'>,
    isAnonymous: boolean | undefined,
  ): Promise<boolean> {
    const { campaignId, respondentHash, userId, answer: text } = answer;
    const values = [campaignId, respondentHash, userId, text, isAnonymous ?? null];
    return (await this.database.query(ANSWER, values)).length > 0;
  }
}
