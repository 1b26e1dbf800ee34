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

/** Tables that are read as a whole, and why that costs nothing. */
const READ_WHOLE: Record<string, string> = {
  deletion_tasks: 'a row for each deletion whose rows are not all removed',
  ai_refusals: 'a row for each parameter that a model refuses',
  endpoint_health: 'a row for each endpoint that has ever failed',
  preview_jobs: 'a queue, which is empty but for moments',
  slot_holders: 'a row for each process',
  socket_processes: 'a row for each process',
};

describe('the statements of the program', () => {
  let database: TestDatabase;
  let client: pg.Client;

  beforeAll(async () => {
    database = await createTestDatabase('statements');
    await migrate(testSettings({ DATABASE_URL: database.url }), MIGRATIONS);
    client = new pg.Client(database.url);
    await client.connect();
    // Then a table is read as a whole only where no index could serve.
    await client.query('SET enable_seqscan = off');
  });

  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  /** How Postgres would look for rows, whatever the values are. */
  async function scansOf(text: string): Promise<Plan[]> {
    const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
      `EXPLAIN (GENERIC_PLAN, FORMAT JSON) ${text}`,
    );
    const flat = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(flat)];
    return flat(rows[0]['QUERY PLAN'][0].Plan);
  }

  it('are known to Postgres, and find their rows by an index', async () => {
    const slow: string[] = [];
    for (const { name, text } of knownStatements()) {
      for (const { 'Node Type': type, 'Relation Name': table = '' } of await scansOf(text)) {
        if (type === 'Seq Scan' && !(table in READ_WHOLE)) slow.push(`${name} reads all of ${table}`);
      }
    }
    expect(slow).toEqual([]);
    expect(knownStatements().length).toBeGreaterThan(200);
  });

  it('compare times with that of the statement, since no index can serve a clock that goes on', async () => {
    const slow: string[] = [];
    for (const { name, text } of knownStatements()) {
      for (const { Filter: filter = '', 'Index Cond': condition } of await scansOf(text)) {
        if (!condition && filter.includes('clock_timestamp()')) slow.push(`${name}: ${filter}`);
      }
    }
    expect(slow).toEqual([]);
  });

  it('have a name each', () => {
    statement('test.one', 'SELECT 1');
    expect(() => statement('test.one', 'SELECT 1')).not.toThrow();
    expect(() => statement('test.one', 'SELECT 2')).toThrow('two statements by the name of test.one');
  });
});
