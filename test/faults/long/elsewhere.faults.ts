import { existsSync } from 'node:fs';
import { report } from './report.js';

/** What the table does not show by itself, since its own module proves it. */
const ELSEWHERE: readonly [fault: string, what: string, where: string[]][] = [
  [
    'F26',
    'socket bots that do not acknowledge, or wrongly',
    ['test/e2e/connector/sockets.spec.ts', 'test/e2e/connector/unread.spec.ts'],
  ],
  ['F27', 'a model that fails in every way', ['test/e2e/ai/failures.spec.ts']],
];

it('names what is proved elsewhere', () => {
  for (const [fault, what, where] of ELSEWHERE) {
    report({ fault, what, note: `in ${where.join(', ')}` });
    expect(where.filter((file) => !existsSync(file))).toEqual([]);
  }
});
