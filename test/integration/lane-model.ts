import fc from 'fast-check';
import { LOCKABLE, type LaneWorld, type Mishap } from './lane-world.js';

/** Empty: the world itself records the sent and the received entries. */
type Model = Record<string, never>;
export type LaneCommand = fc.AsyncCommand<Model, LaneWorld>;

/** More than a page of the log, so that turns are yielded and pages end at all positions. */
const MANY = 23;

/** Creates a command and checks the invariants after it. */
const command = (name: string, run: (world: LaneWorld) => Promise<void>): LaneCommand => ({
  check: () => true,
  async run(_model, world) {
    await run(world);
    expectOrder(world);
    if (await world.isForgotten())
      throw new Error(`After "${name}" an entry is undelivered, and nothing is pending or due.`);
  },
  toString: () => name,
});

/** Checks that each new entry of a receiver is its next expected one. Repetitions of earlier entries are allowed. */
export function expectOrder({ receivers }: LaneWorld): void {
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
const mishap = fc.constantFrom<Mishap>('crash', 'fail', 'hang before', 'hang behind');
const sendAndDispatch = (world: LaneWorld): Promise<void> => world.send().then(() => world.wake());
const once = (name: string, run: (world: LaneWorld) => Promise<void>) => fc.constant(command(name, run));

export const laneCommands = [
  once('send', (world) => world.send()),
  once('send many', (world) => world.send(MANY)),
  once('dispatch', (world) => world.wake()),
  once('serve', (world) => world.serve()),
  once('time passes', (world) => world.passTime()),
  fc.tuple(entry, mishap).map(([n, what]) => command(`${String(what)} at ${n}`, (world) => world.serve(n, what))),
  entry.map((n) => command(`a message is sent at ${n}`, (world) => world.serve(n, () => sendAndDispatch(world)))),
  entry.map((n) => command(`the lease expires at ${n}`, (world) => world.serve(n, () => world.passTime()))),
  fc.nat(1).map((n) =>
    command(`the lease expires at ${n} of several, and a message is sent`, async (world) => {
      await sendAndDispatch(world);
      await world.serve(n, () => world.passTime().then(() => sendAndDispatch(world)));
    }),
  ),
  once('the bot leaves', (world) => world.leave()),
  once('the bot rejoins', (world) => world.comeBack()),
  entry.map((n) => command(`the bot leaves at ${n}`, (world) => world.serve(n, () => world.leave()))),
  fc.nat(1).map((n) =>
    command(`the bot leaves and rejoins at ${n} of several`, async (world) => {
      await sendAndDispatch(world);
      await world.serve(n, async () => {
        await world.leave();
        await world.send();
        await world.comeBack();
        await sendAndDispatch(world);
      });
    }),
  ),
  once('an endpoint is added', (world) => world.addEndpoint()),
  fc.tuple(fc.nat(1), fc.constantFrom(...LOCKABLE)).map(([n, table]) =>
    command(`${table} is locked at ${n} of several, and the lease expires`, async (world) => {
      await sendAndDispatch(world);
      await world.serve(n, () =>
        world.whileLocked(table, async () => {
          await sendAndDispatch(world);
          await world.passTime();
        }),
      );
    }),
  ),
  fc.nat(30).map((seq) => command(`redelivery of ${seq}`, (world) => world.askAgain(seq))),
  once('two workers at once', async (world) => {
    await Promise.all([world.serve(), world.serve(1, 'crash'), world.wake()]);
  }),
  once('send while served', async (world) => {
    await Promise.all([world.serve(), sendAndDispatch(world)]);
  }),
  once('a suspended worker resumes', (world) => world.wakeZombie()),
  once('a suspended worker resumes after its lease, beside another', async (world) => {
    await world.passTime();
    await Promise.all([world.serve(1, 'crash'), world.wakeZombie()]);
  }),
];

/** Delivers all entries, as the sweeper does. @throws Error if an entry is never delivered */
export async function settle(world: LaneWorld): Promise<void> {
  const isDone = () =>
    world.receivers.every(({ received, expected }) => expected.every((seq) => received.includes(seq)));
  const count = Math.max(...world.receivers.map(({ expected }) => expected.length));
  const turns = Math.ceil(count / MANY) + 40;
  while (world.hasZombies) await world.wakeZombie();
  for (let n = 0; n < turns && !isDone(); n++) {
    await world.wake();
    await world.passTime();
    await world.serve();
  }
  expectOrder(world);
  for (const { received, expected } of world.receivers) {
    const missing = expected.filter((seq) => !received.includes(seq));
    if (missing.length > 0) throw new Error(`Never delivered: ${missing.join(' ')}; but ${received.join(' ')}`);
  }
}
