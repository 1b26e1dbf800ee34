/** A migration that has not been written yet: the statements that lead to the new schema, and those that lead back. */
export interface MigrationDraft {
  /** Kebab case, what it does to the world: `add-bot-colour`. */
  name: string;
  /** Milliseconds since 1970; migrations run in this order. */
  at: number;
  up: readonly string[];
  down: readonly string[];
}

export const migrationFileName = ({ name, at }: MigrationDraft): string => `${at}-${name}.ts`;

/** The class's name ends with the time, by which TypeORM orders migrations. */
export function migrationClassName({ name, at }: MigrationDraft): string {
  const words = name.split('-').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `${words.join('')}${at}`;
}

/** @returns a time behind that of all that there are, whatever the clock says: what is new builds on what is there */
export const timeBehind = (classNames: readonly string[], now: number): number =>
  Math.max(now, ...classNames.map((name) => Number(/\d+$/.exec(name)) + 1000));

/** @returns the source of the migration's file */
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
