import fc from 'fast-check';
import { Database } from '../../src/core/database/database.js';
import { InvariantsRepository } from '../../src/modules/deliveries/housekeeping/invariants.repository.js';
import { type RunningDomain, startDomain } from '../support/domain.js';
import { subscriptionCommands, settle } from './subscription-model.js';
import { SubscriptionSimulation } from './subscription-simulation.js';

/** `npm run test:faults` runs a thousand. */
const RUNS = Number(process.env.SUBSCRIPTION_MODEL_RUNS ?? 16);
const COMMANDS = RUNS > 100 ? 100 : 30;
/** Concurrent worlds: their subscriptions share statements, as those of a worker do. */
const AT_ONCE = 4;

describe('a subscription under random faults', () => {
  let domain: RunningDomain;

  beforeAll(async () => void (domain = await startDomain()));
  afterAll(() => domain.close());

  const check = (): Promise<void> =>
    fc.assert(
      fc.asyncProperty(fc.commands(subscriptionCommands, { maxCommands: COMMANDS, size: 'max' }), async (commands) => {
        const simulation = await SubscriptionSimulation.create(domain);
        await fc.asyncModelRun(() => ({ model: {}, real: simulation }), commands);
        await settle(simulation);
      }),
      { numRuns: RUNS / AT_ONCE, endOnFailure: RUNS < 100 },
    );

  it(`delivers every entry, in order, in ${RUNS} runs of sends, crashes, failures, late writes, locks, leaving and joining`, async () => {
    await Promise.all(Array.from({ length: AT_ONCE }, check));
    const invariants = domain.module.get(InvariantsRepository, { strict: false });
    const database = domain.module.get(Database, { strict: false });
    for (const walk of ['subscriptions', 'chats', 'redeliveries'] as const) {
      await database.transaction(() => invariants.nextPage(walk, 1_000_000)); // the first call starts the walk
      expect(await database.transaction(() => invariants.nextPage(walk, 1_000_000))).toEqual([]);
    }
  }, 3_600_000);
});
