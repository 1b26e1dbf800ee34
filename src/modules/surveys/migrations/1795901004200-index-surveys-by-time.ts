import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The newest come first. */
export class IndexSurveysByTime1795901004200 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE INDEX surveys_created_at_campaign_id_idx ON surveys (created_at, campaign_id)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX surveys_created_at_campaign_id_idx`);
  }
}
