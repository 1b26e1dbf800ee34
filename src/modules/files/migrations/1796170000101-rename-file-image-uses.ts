import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Profile and chat images are image uses of files; a preview job names the process that has claimed it. */
export class RenameFileImageUses1796170000101 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE file_pictures RENAME TO file_image_uses`);
    await runner.query(`ALTER TABLE file_image_uses RENAME CONSTRAINT file_pictures_pkey TO file_image_uses_pkey`);
    await runner.query(
      `ALTER TABLE file_image_uses RENAME CONSTRAINT file_pictures_file_id_fkey TO file_image_uses_file_id_fkey`,
    );
    await runner.query(`ALTER INDEX file_pictures_file_id_idx RENAME TO file_image_uses_file_id_idx`);
    await runner.query(`ALTER TABLE preview_jobs RENAME COLUMN maker TO claimed_by`);
    await runner.query(`ALTER TABLE preview_jobs RENAME COLUMN rung_at TO wakeup_sent_at`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE preview_jobs RENAME COLUMN wakeup_sent_at TO rung_at`);
    await runner.query(`ALTER TABLE preview_jobs RENAME COLUMN claimed_by TO maker`);
    await runner.query(`ALTER INDEX file_image_uses_file_id_idx RENAME TO file_pictures_file_id_idx`);
    await runner.query(
      `ALTER TABLE file_image_uses RENAME CONSTRAINT file_image_uses_file_id_fkey TO file_pictures_file_id_fkey`,
    );
    await runner.query(`ALTER TABLE file_image_uses RENAME CONSTRAINT file_image_uses_pkey TO file_pictures_pkey`);
    await runner.query(`ALTER TABLE file_image_uses RENAME TO file_pictures`);
  }
}
