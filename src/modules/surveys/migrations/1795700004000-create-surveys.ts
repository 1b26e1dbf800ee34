import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateSurveys1795700004000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE surveys (
        campaign_id text NOT NULL,
        bot_id text NOT NULL,
        title text NOT NULL,
        is_anonymous boolean NOT NULL,
        created_at timestamptz(3) NOT NULL,
        CONSTRAINT surveys_pkey PRIMARY KEY (campaign_id)
      )
    `);
    await runner.query(`
      CREATE TABLE survey_answers (
        campaign_id text NOT NULL,
        respondent_hash bytea NOT NULL,
        user_id text,
        answer text NOT NULL,
        answered_at timestamptz(3) NOT NULL,
        CONSTRAINT survey_answers_pkey PRIMARY KEY (campaign_id, respondent_hash)
      )
    `);
    await runner.query(`CREATE INDEX surveys_bot_id_idx ON surveys (bot_id)`);
    await runner.query(
      `ALTER TABLE surveys ADD CONSTRAINT surveys_bot_id_fkey FOREIGN KEY (bot_id) REFERENCES users(id) ON DELETE CASCADE`,
    );
    await runner.query(
      `ALTER TABLE survey_answers ADD CONSTRAINT survey_answers_campaign_id_fkey FOREIGN KEY (campaign_id) REFERENCES surveys(campaign_id) ON DELETE CASCADE`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE survey_answers`);
    await runner.query(`DROP TABLE surveys`);
  }
}
