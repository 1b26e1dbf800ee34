import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The uploads of a process that is gone are found without reading all files. */
export class IndexUnfinishedUploads1795901004100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE INDEX files_upload_process_idx ON files (upload_process) WHERE upload_process IS NOT NULL`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX files_upload_process_idx`);
  }
}
