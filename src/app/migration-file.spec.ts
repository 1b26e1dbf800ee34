import { migrationClassName, migrationFileName, renderMigration, nextMigrationTime } from './migration-file.js';

const DRAFT = {
  name: 'add-bot-colour',
  at: 1795300009000,
  up: [`ALTER TABLE "bots" ADD "colour" text NOT NULL DEFAULT 'no \`ticks\`, no \${holes}'`, 'SELECT 1'],
  down: ['ALTER TABLE "bots" DROP COLUMN "colour"'],
};

describe('a generated migration', () => {
  it('is named after its purpose and its timestamp', () => {
    expect(migrationFileName(DRAFT)).toBe('1795300009000-add-bot-colour.ts');
    expect(migrationClassName(DRAFT)).toBe('AddBotColour1795300009000');
  });

  it('runs after all existing migrations, even those with a future timestamp', () => {
    expect(nextMigrationTime(['CreateBots1000', 'AddColours2Bots5000'], 4000)).toBe(6000);
    expect(nextMigrationTime(['CreateBots1000'], 4000)).toBe(4000);
  });

  it('contains the statements of both directions unchanged', () => {
    expect(renderMigration(DRAFT)).toBe(`import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AddBotColour1795300009000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(\`ALTER TABLE "bots" ADD "colour" text NOT NULL DEFAULT 'no \\\`ticks\\\`, no \\\${holes}'\`);
    await runner.query(\`SELECT 1\`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(\`ALTER TABLE "bots" DROP COLUMN "colour"\`);
  }
}
`);
  });
});
