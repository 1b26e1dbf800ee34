import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Lets several bots have campaigns of one name. The unique index replaces the one on `bot_id`. */
export class NameSurveys1796080000101 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE surveys ADD COLUMN name text`);
    await runner.query(`UPDATE surveys SET name = campaign_id`);
    await runner.query(`CREATE UNIQUE INDEX surveys_bot_id_name_key ON surveys (bot_id, name)`);
    await runner.query(`DROP INDEX surveys_bot_id_idx`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE INDEX surveys_bot_id_idx ON surveys (bot_id)`);
    await runner.query(`DROP INDEX surveys_bot_id_name_key`);
    await runner.query(`ALTER TABLE surveys DROP COLUMN name`);
  }
}
