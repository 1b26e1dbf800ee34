import fc from 'fast-check';
import { LOCKABLE, type SubscriptionSimulation, type Fault } from './subscription-simulation.js';

/** Empty: the simulation itself records the sent and the received entries. */
type Model = Record<string, never>;
export type SubscriptionCommand = fc.AsyncCommand<Model, SubscriptionSimulation>;

/** More than a page of the log, so that turns are yielded and pages end at all positions. */
const MANY = 23;

/** Creates a command and checks the invariants after it. */
const command = (name: string, run: (simulation: SubscriptionSimulation) => Promise<void>): SubscriptionCommand => ({
  check: () => true,
  async run(_model, simulation) {
    await run(simulation);
    expectOrder(simulation);
    if (await simulation.hasLostWork())
      throw new Error(`After "${name}" an entry is undelivered, and nothing is pending or due.`);
  },
  toString: () => name,
});

/** Checks that each new entry of a receiver is its next expected one. Repetitions of earlier entries are allowed. */
export function expectOrder({ receivers }: SubscriptionSimulation): void {
  for (const { received, expected, optional } of receivers) {
    let newest = 0;
    for (const seq of received) {
      if (!expected.includes(seq) && !optional.has(seq)) throw new Error(`Unexpected entry ${seq}.`);
      const skipped = expected.find((other) => other > newest && other < seq);
      if (skipped) throw new Error(`Entry ${seq} arrived before ${skipped}: ${received.join(' ')}`);
      newest = Math.max(newest, seq);
    }
  }
}

const entry = fc.nat(5);
const fault = fc.constantFrom<Fault>('crash', 'fail', 'hang before', 'hang behind');
const sendAndDispatch = (simulation: SubscriptionSimulation): Promise<void> =>
  simulation.send().then(() => simulation.dispatch());
const once = (name: string, run: (simulation: SubscriptionSimulation) => Promise<void>) =>
  fc.constant(command(name, run));

export const subscriptionCommands = [
  once('send', (simulation) => simulation.send()),
  once('send many', (simulation) => simulation.send(MANY)),
  once('dispatch', (simulation) => simulation.dispatch()),
  once('serve', (simulation) => simulation.serve()),
  once('time passes', (simulation) => simulation.passTime()),
  fc
    .tuple(entry, fault)
    .map(([n, what]) => command(`${String(what)} at ${n}`, (simulation) => simulation.serve(n, what))),
  entry.map((n) =>
    command(`a message is sent at ${n}`, (simulation) => simulation.serve(n, () => sendAndDispatch(simulation))),
  ),
  entry.map((n) =>
    command(`the lease expires at ${n}`, (simulation) => simulation.serve(n, () => simulation.passTime())),
  ),
  fc.nat(1).map((n) =>
    command(`the lease expires at ${n} of several, and a message is sent`, async (simulation) => {
      await sendAndDispatch(simulation);
      await simulation.serve(n, () => simulation.passTime().then(() => sendAndDispatch(simulation)));
    }),
  ),
  once('the bot leaves', (simulation) => simulation.leave()),
  once('the bot rejoins', (simulation) => simulation.rejoin()),
  entry.map((n) => command(`the bot leaves at ${n}`, (simulation) => simulation.serve(n, () => simulation.leave()))),
  fc.nat(1).map((n) =>
    command(`the bot leaves and rejoins at ${n} of several`, async (simulation) => {
      await sendAndDispatch(simulation);
      await simulation.serve(n, async () => {
        await simulation.leave();
        await simulation.send();
        await simulation.rejoin();
        await sendAndDispatch(simulation);
      });
    }),
  ),
  once('an endpoint is added', (simulation) => simulation.addEndpoint()),
  fc.tuple(fc.nat(1), fc.constantFrom(...LOCKABLE)).map(([n, table]) =>
    command(`${table} is locked at ${n} of several, and the lease expires`, async (simulation) => {
      await sendAndDispatch(simulation);
      await simulation.serve(n, () =>
        simulation.whileLocked(table, async () => {
          await sendAndDispatch(simulation);
          await simulation.passTime();
        }),
      );
    }),
  ),
  fc.nat(30).map((seq) => command(`redelivery of ${seq}`, (simulation) => simulation.requestRedelivery(seq))),
  once('two workers at once', async (simulation) => {
    await Promise.all([simulation.serve(), simulation.serve(1, 'crash'), simulation.dispatch()]);
  }),
  once('send while served', async (simulation) => {
    await Promise.all([simulation.serve(), sendAndDispatch(simulation)]);
  }),
  once('a suspended worker resumes', (simulation) => simulation.resumeStalledWorker()),
  once('a suspended worker resumes after its lease, beside another', async (simulation) => {
    await simulation.passTime();
    await Promise.all([simulation.serve(1, 'crash'), simulation.resumeStalledWorker()]);
  }),
];

/** Delivers all entries, as the sweeper does. @throws Error if an entry is never delivered */
export async function settle(simulation: SubscriptionSimulation): Promise<void> {
  const isDone = () =>
    simulation.receivers.every(({ received, expected }) => expected.every((seq) => received.includes(seq)));
  const count = Math.max(...simulation.receivers.map(({ expected }) => expected.length));
  const turns = Math.ceil(count / MANY) + 40;
  while (simulation.hasStalledWorkers) await simulation.resumeStalledWorker();
  for (let n = 0; n < turns && !isDone(); n++) {
    await simulation.dispatch();
    await simulation.passTime();
    await simulation.serve();
  }
  expectOrder(simulation);
  for (const { received, expected } of simulation.receivers) {
    const missing = expected.filter((seq) => !received.includes(seq));
    if (missing.length > 0) throw new Error(`Never delivered: ${missing.join(' ')}; but ${received.join(' ')}`);
  }
}
