import { report } from './report.js';

/** What the table does not show by itself: proved elsewhere, or not to be had on one machine without containers. */
const ELSEWHERE: readonly [string, string, string][] = [
  [
    'F2',
    'kill -9 of the API between commit and bell',
    'left out: no failpoints in the program; "rings again for a bell that was lost" loses the bell instead',
  ],
  [
    'F3',
    'kill -9 of the API inside the transaction',
    'left out: no failpoints; the idempotency key is in test/e2e/client/messages.spec.ts',
  ],
  [
    'F11',
    'Retry-After of all sorts',
    'in src/modules/deliveries/retry-schedule.spec.ts and test/integration/deliveries.spec.ts',
  ],
  ['F16', 'DNS rebinding', 'in src/core/http/outgoing/address-guard.spec.ts'],
  ['F17', '19 spellings of inner addresses', 'in address-guard.spec.ts (at send) and outgoing-url.spec.ts (at save)'],
  ['F19', 'one client key, 50 times at once', 'of messages: test/e2e/client/messages.spec.ts'],
  [
    'F20',
    'each callback delivered twice',
    'left out: no failpoint between sending and writing; F1 has such duplicates, with the same webhook-id',
  ],
  ['F21', 'clocks that differ', 'left out: needs faketime; leases go by the clock of the database only'],
  ['F22', 'a rolling restart under load', 'left out: needs a balancer in front of two APIs'],
  ['F25', 'full disks', 'left out: needs file systems of its own; uploads are in test/faults/files.spec.ts'],
  ['F26', 'socket bots that do not acknowledge', 'of the connector'],
  ['F27', 'a model that fails', 'of the AI module'],
  ['F28', 'a poison payload', 'in test/integration/deliveries.spec.ts'],
];

it('names what is proved elsewhere, or left out', () => {
  for (const [fault, what, note] of ELSEWHERE) report({ fault, what, note });
});
