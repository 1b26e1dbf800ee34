import fc from 'fast-check';
import { LOCKABLE, type LaneWorld, type Mishap } from './lane-world.js';

/** Everything that must be known is in the world itself: what was sent, and what the receivers have got. */
type Model = Record<string, never>;
export type LaneCommand = fc.AsyncCommand<Model, LaneWorld>;

/** More than a page of the log, so that turns are yielded and pages end in all places. */
const MANY = 23;

/** What holds after each step, whatever the step was. */
const command = (name: string, run: (world: LaneWorld) => Promise<void>): LaneCommand => ({
  check: () => true,
  async run(_model, world) {
    await run(world);
    expectOrder(world);
    if (await world.isForgotten())
      throw new Error(`After "${name}" something is left to tell, and nobody will be told to.`);
  },
  toString: () => name,
});

/** Each entry that is new to a receiver is the next one of those that are for it; what it has had already may come again. */
export function expectOrder({ receivers }: LaneWorld): void {
  for (const { received, expected, optional } of receivers) {
    let newest = 0;
    for (const seq of received) {
      if (!expected.includes(seq) && !optional.has(seq)) throw new Error(`Entry ${seq} was not for it.`);
      const skipped = expected.find((other) => other > newest && other < seq);
      if (skipped) throw new Error(`Entry ${seq} came before ${skipped}: ${received.join(' ')}`);
      newest = Math.max(newest, seq);
    }
  }
}

const entry = fc.nat(5);
const mishap = fc.constantFrom<Mishap>('crash', 'fail', 'hang before', 'hang behind');
const sayAndWake = (world: LaneWorld): Promise<void> => world.send().then(() => world.wake());
const once = (name: string, run: (world: LaneWorld) => Promise<void>) => fc.constant(command(name, run));

export const laneCommands = [
  once('send', (world) => world.send()),
  once('send many', (world) => world.send(MANY)),
  once('wake', (world) => world.wake()),
  once('serve', (world) => world.serve()),
  once('time passes', (world) => world.passTime()),
  fc.tuple(entry, mishap).map(([n, what]) => command(`${String(what)} at ${n}`, (world) => world.serve(n, what))),
  entry.map((n) => command(`something is said at ${n}`, (world) => world.serve(n, () => sayAndWake(world)))),
  entry.map((n) => command(`the lease runs out at ${n}`, (world) => world.serve(n, () => world.passTime()))),
  fc.nat(1).map((n) =>
    command(`the lease runs out at ${n} of some, and something is said`, async (world) => {
      await sayAndWake(world);
      await world.serve(n, () => world.passTime().then(() => sayAndWake(world)));
    }),
  ),
  once('the bot leaves', (world) => world.leave()),
  once('the bot comes back', (world) => world.comeBack()),
  entry.map((n) => command(`the bot leaves at ${n}`, (world) => world.serve(n, () => world.leave()))),
  fc.nat(1).map((n) =>
    command(`the bot is away at ${n} of some`, async (world) => {
      await sayAndWake(world);
      await world.serve(n, async () => {
        await world.leave();
        await world.send();
        await world.comeBack();
        await sayAndWake(world);
      });
    }),
  ),
  once('an endpoint is added', (world) => world.addEndpoint()),
  fc.tuple(fc.nat(1), fc.constantFrom(...LOCKABLE)).map(([n, table]) =>
    command(`${table} is locked at ${n} of some, and the lease runs out`, async (world) => {
      await sayAndWake(world);
      await world.serve(n, () =>
        world.whileLocked(table, async () => {
          await sayAndWake(world);
          await world.passTime();
        }),
      );
    }),
  ),
  fc.nat(30).map((seq) => command(`${seq} is asked for again`, (world) => world.askAgain(seq))),
  once('two workers at once', async (world) => {
    await Promise.all([world.serve(), world.serve(1, 'crash'), world.wake()]);
  }),
  once('send while served', async (world) => {
    await Promise.all([world.serve(), sayAndWake(world)]);
  }),
  once('a worker that stood still goes on', (world) => world.wakeZombie()),
  once('it goes on after its lease, beside another', async (world) => {
    await world.passTime();
    await Promise.all([world.serve(1, 'crash'), world.wakeZombie()]);
  }),
];

/** Brings everything to its end, as the sweeper would. @throws Error when something is never told */
export async function settle(world: LaneWorld): Promise<void> {
  const isDone = () =>
    world.receivers.every(({ received, expected }) => expected.every((seq) => received.includes(seq)));
  const said = Math.max(...world.receivers.map(({ expected }) => expected.length));
  const turns = Math.ceil(said / MANY) + 40;
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
