import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Sessions that older processes write down hear from then on. */
export class SeatSocketSessions1795901053000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE socket_sessions ADD COLUMN is_hearing boolean NOT NULL DEFAULT true`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DELETE FROM socket_sessions WHERE NOT is_hearing`);
    await runner.query(`ALTER TABLE socket_sessions DROP COLUMN is_hearing`);
  }
}
