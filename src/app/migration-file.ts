/** A migration before it is written to a file: the statements to the new schema, and those back to the old one. */
export interface MigrationDraft {
  /** Purpose in kebab case: `add-bot-colour`. */
  name: string;
  /** Milliseconds since 1970; migrations run in this order. */
  at: number;
  up: readonly string[];
  down: readonly string[];
}

export const migrationFileName = ({ name, at }: MigrationDraft): string => `${at}-${name}.ts`;

/** The class name ends with the timestamp, by which TypeORM orders migrations. */
export function migrationClassName({ name, at }: MigrationDraft): string {
  const words = name.split('-').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `${words.join('')}${at}`;
}

/** @returns a timestamp after those of all existing migrations, even if the clock is behind them */
export const nextMigrationTime = (classNames: readonly string[], now: number): number =>
  Math.max(now, ...classNames.map((name) => Number(/\d+$/.exec(name)) + 1000));

/** @returns the source of the migration file */
export function renderMigration(draft: MigrationDraft): string {
  return `import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ${migrationClassName(draft)} implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
${renderQueries(draft.up)}
  }

  async down(runner: QueryRunner): Promise<void> {
${renderQueries(draft.down)}
  }
}
`;
}

const renderQueries = (queries: readonly string[]): string =>
  queries.map((query) => `    await runner.query(\`${query.replace(/[\\`]|\$\{/g, '\\$&')}\`);`).join('\n');
