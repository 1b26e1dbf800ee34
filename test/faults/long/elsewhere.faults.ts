import { existsSync } from 'node:fs';
import { report } from './report.js';

/** Faults that specs of their own modules cover. */
const ELSEWHERE: readonly [fault: string, what: string, where: string[]][] = [
  [
    'F26',
    'socket bots that do not acknowledge, or wrongly',
    ['test/e2e/connector/sockets.spec.ts', 'test/e2e/connector/unread.spec.ts'],
  ],
  ['F27', 'a model that fails in every way', ['test/e2e/ai/failures.spec.ts']],
];

it('refers to existing specs for faults that are tested elsewhere', () => {
  for (const [fault, what, where] of ELSEWHERE) {
    report({ fault, what, note: `in ${where.join(', ')}` });
    expect(where.filter((file) => !existsSync(file))).toEqual([]);
  }
});
