import { Settings } from '../../src/core/config/settings.js';
import { connectionBudget, connectionShortage, totalOf } from '../../src/core/database/connection-budget.js';
import { adminUrl, runSql } from '../support/databases.js';

const QUEUES = 7;

describe('the connections of a process', () => {
  it.each([
    ['an API process', { ROLES: ['api'] }, { requests: 10, background: 0, live: 1, queue: 3 }],
    ['a worker', { ROLES: ['worker'] }, { requests: 10, background: 5, live: 1, queue: 3 + QUEUES }],
    ['both in one', { ROLES: ['api', 'worker'] }, { requests: 10, background: 5, live: 1, queue: 3 + QUEUES }],
    [
      'a worker with Redis',
      { ROLES: ['worker'], REDIS_URL: 'redis://x' },
      { requests: 10, background: 5, live: 0, queue: 0 },
    ],
  ] as [string, Partial<Settings>, object][])('are limited for %s', (_name, changes, expected) => {
    expect(connectionBudget(Object.assign(new Settings(), changes), QUEUES)).toEqual(expected);
  });

  it('are reported to the operator at the start if the server has too few left', async () => {
    const settings = Object.assign(new Settings(), { DATABASE_URL: adminUrl() });
    const [{ total }] = await runSql<{ total: number }>(
      adminUrl(),
      `SELECT current_setting('max_connections')::int AS total`,
    );
    const budget = { requests: total - 3, background: 1, live: 1, queue: 1 };
    expect(await connectionShortage(settings, budget)).toMatch(
      new RegExp(
        `^This process may open ${totalOf(budget)} database connections, but other clients use \\d+ of \\d+\\. `,
      ),
    );
    expect(await connectionShortage(settings, { requests: 1, background: 0, live: 0, queue: 0 })).toBeUndefined();
  });
});
