import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whoever shows a message can tell how often it was answered. */
export class IndexMessagesByParent1795600000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE INDEX messages_parent_id_idx ON messages (parent_id) WHERE parent_id IS NOT NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX messages_parent_id_idx`);
  }
}
