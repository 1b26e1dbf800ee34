import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const MODULES = join('src', 'modules');

/** The newest migration before this rule. Migrations that may have run are not changed. */
const LAST_EXEMPT = 1795902012000;

/** Tables that stay small, so that an index is built in milliseconds, with the reason. */
const SMALL_TABLES: Record<string, string> = {
  ai_unsupported_parameters: 'a row for each unsupported parameter of a model',
  socket_processes: 'a row for each process',
  surveys: 'a row for each campaign',
};

const NAME = String.raw`"?(\w+)"?`;
const CREATE_TABLE = new RegExp(String.raw`CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?${NAME}`, 'gi');
const CREATE_INDEX = new RegExp(
  String.raw`CREATE\s+(?:UNIQUE\s+)?INDEX\s+(?!CONCURRENTLY)(?:IF\s+NOT\s+EXISTS\s+)?(?:(?!ON\b)${NAME}\s+)?ON\s+(?:ONLY\s+)?${NAME}`,
  'gi',
);
/** Each of these builds an index under a lock that also blocks readers. */
const ADD_KEY = new RegExp(
  String.raw`ALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?${NAME}[^;\x60]*?ADD\s+(?:CONSTRAINT\s+${NAME}\s+)?(?:UNIQUE|PRIMARY\s+KEY|EXCLUDE)\b(?!\s+USING\s+INDEX)`,
  'gi',
);

/** @returns the violations in the source of a migration, one sentence each */
function violationsOf(source: string): string[] {
  // Migrations are reverted manually, on a server without traffic.
  const up = source.split(/\basync down\(|\bdown\s*=/)[0];
  const ownTables = new Set([...up.matchAll(CREATE_TABLE)].map(([, table]) => table));
  const isBig = (table: string) => !ownTables.has(table) && !(table in SMALL_TABLES);
  const violations: string[] = [];
  for (const [, , table] of up.matchAll(CREATE_INDEX)) {
    if (isBig(table)) violations.push(`an index on ${table} is built under a lock: use createIndexConcurrently`);
  }
  for (const [, table] of up.matchAll(ADD_KEY)) {
    if (isBig(table))
      violations.push(`a key of ${table} is built under a lock: build its index first, then ADD ... USING INDEX`);
  }
  if (/\bcreateIndex(es)?\(|\bcreateUniqueConstraint\(/.test(up)) {
    violations.push('an index is built by the query runner: use createIndexConcurrently');
  }
  const isConcurrent = /createIndexConcurrently\(|INDEX\s+CONCURRENTLY/i.test(up);
  if (isConcurrent && !/\btransaction = false\b/.test(up)) {
    violations.push('an index is built concurrently: set "readonly transaction = false"');
  }
  return violations;
}

const migrationFiles = (): string[] =>
  readdirSync(MODULES).flatMap((module) => {
    const folder = join(MODULES, module, 'migrations');
    return existsSync(folder) ? readdirSync(folder).map((file) => join(folder, file)) : [];
  });

describe('migrations', () => {
  it('build indexes on potentially large tables without blocking writers', () => {
    const violations = migrationFiles()
      .filter((path) => Number(/(\d+)-/.exec(path)?.[1]) > LAST_EXEMPT)
      .flatMap((path) => violationsOf(readFileSync(path, 'utf8')).map((violation) => `${path}: ${violation}`));
    expect(violations).toEqual([]);
  });

  it.each([
    ['CREATE INDEX things_idx ON messages (size)', 1],
    ['CREATE UNIQUE INDEX IF NOT EXISTS "things_idx" ON "messages" USING btree (size)', 1],
    ['CREATE INDEX\n  ON messages (size)', 1],
    ['ALTER TABLE messages ADD CONSTRAINT messages_num_key UNIQUE (num)', 1],
    ['ALTER TABLE messages ADD COLUMN a int, ADD PRIMARY KEY (num)', 1],
    ['CREATE INDEX CONCURRENTLY things_idx ON messages (size)', 1], // not in its transaction
    ['ALTER TABLE messages ADD CONSTRAINT messages_num_key UNIQUE USING INDEX messages_num_idx', 0],
    ['ALTER TABLE messages ADD COLUMN is_unique boolean', 0],
    ['CREATE TABLE messages (num int); CREATE INDEX things_idx ON messages (size)', 0],
    ['CREATE INDEX sockets_idx ON socket_processes (id)', 0],
    ['DROP INDEX things_idx', 0],
  ])('are checked by their statements: %s', (statement, count) => {
    expect(violationsOf(`async up() { await runner.query(\`${statement}\`); }`)).toHaveLength(count);
  });
});
