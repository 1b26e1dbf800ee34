import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateDeletionTasks1796040000100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE deletion_tasks (
        kind text NOT NULL,
        subject_id text NOT NULL,
        until bigint NOT NULL,
        details jsonb NOT NULL DEFAULT '{}',
        due_at timestamptz NOT NULL DEFAULT now(),
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT deletion_tasks_pkey PRIMARY KEY (kind, subject_id, until)
      )`);
    await runner.query(`CREATE INDEX deletion_tasks_due_at_idx ON deletion_tasks (due_at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE deletion_tasks`);
  }
}
