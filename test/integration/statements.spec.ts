import pg from 'pg';
import '../../src/app/app.module.js';
import '../../src/app/worker.module.js';
import { MIGRATIONS } from '../../src/app/migrations.js';
import { knownStatements, statement } from '../../src/core/database/database.js';
import { migrate } from '../../src/core/database/migrate.js';
import { createTestDatabase, type TestDatabase } from '../support/databases.js';
import { testSettings } from '../support/settings.js';

interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Cond'?: string;
  Filter?: string;
  Plans?: Plan[];
}

/** Small tables that may be read as a whole, with the reason. */
const READ_WHOLE: Record<string, string> = {
  deletion_tasks: 'a row for each unfinished deletion',
  ai_unsupported_parameters: 'a row for each unsupported parameter of a model',
  endpoint_health: 'a row for each endpoint that has ever failed',
  preview_jobs: 'a queue, which is almost always empty',
  slot_holders: 'a row for each process',
  socket_processes: 'a row for each process',
  upload_tasks: 'a row for each unfinished upload; read once for each deleted user',
};

/** The condition of `isLiveMessage`, or its equivalent. */
const SKIPS_DELETED = /start_seq[\s\S]*kind = 'erasure'/;
/** Statements that read deleted messages, with the reason. */
const READ_DELETED: Record<string, string> = {
  'messages.release_dedup_keys': 'frees keys of deleted messages',
  'message_deletions.delete': 'removes the rows',
  'message_deletions.clear': 'clears the rows',
  'message_deletions.find_by_sender': 'finds messages that are not erased yet',
  'invariants.check_chats': 'compares positions in logs, not contents',
  'invariants.check_subscriptions': 'compares positions in logs, not contents',
  'retention.ended_subscriptions': 'compares positions in logs, not contents',
};

describe('the statements of the program', () => {
  let database: TestDatabase;
  let client: pg.Client;

  beforeAll(async () => {
    database = await createTestDatabase('statements');
    await migrate(testSettings({ DATABASE_URL: database.url }), MIGRATIONS);
    client = new pg.Client(database.url);
    await client.connect();
    // Postgres then reads a whole table only if no index is usable.
    await client.query('SET enable_seqscan = off');
  });

  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  /** The plan nodes for any values. */
  async function scansOf(text: string): Promise<Plan[]> {
    const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
      `EXPLAIN (GENERIC_PLAN, FORMAT JSON) ${text}`,
    );
    const flat = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(flat)];
    return flat(rows[0]['QUERY PLAN'][0].Plan);
  }

  it('are valid, and find their rows by an index', async () => {
    const slow: string[] = [];
    for (const { name, text } of knownStatements()) {
      for (const { 'Node Type': type, 'Relation Name': table = '' } of await scansOf(text)) {
        if (type === 'Seq Scan' && !(table in READ_WHOLE)) slow.push(`${name} reads all of ${table}`);
      }
    }
    expect(slow).toEqual([]);
    expect(knownStatements().length).toBeGreaterThan(200);
  });

  it('compare times with now(), since an index cannot serve clock_timestamp()', async () => {
    const slow: string[] = [];
    for (const { name, text } of knownStatements()) {
      for (const { Filter: filter = '', 'Index Cond': condition } of await scansOf(text)) {
        if (!condition && filter.includes('clock_timestamp()')) slow.push(`${name}: ${filter}`);
      }
    }
    expect(slow).toEqual([]);
  });

  it('skip messages that are deleted with their chat, its history or their sender', () => {
    const readers = knownStatements().filter(({ text }) => /\b(FROM|JOIN)\s+messages\b/.test(text));
    const violations = readers.filter(({ name, text }) => !(name in READ_DELETED) && !SKIPS_DELETED.test(text));
    expect(violations.map(({ name }) => name)).toEqual([]);
    expect(readers.length).toBeGreaterThan(20);
  });

  it('have unique names', () => {
    statement('test.one', 'SELECT 1');
    expect(() => statement('test.one', 'SELECT 1')).not.toThrow();
    expect(() => statement('test.one', 'SELECT 2')).toThrow('Duplicate statement name: test.one');
  });
});
