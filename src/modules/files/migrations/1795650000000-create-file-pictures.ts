import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateFilePictures1795650000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE file_pictures (
        holder text NOT NULL,
        file_id text NOT NULL,
        CONSTRAINT file_pictures_pkey PRIMARY KEY (holder),
        CONSTRAINT file_pictures_file_id_fkey FOREIGN KEY (file_id) REFERENCES files(id) ON DELETE CASCADE
      )
    `);
    await runner.query(`CREATE INDEX file_pictures_file_id_idx ON file_pictures (file_id)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE file_pictures`);
  }
}
