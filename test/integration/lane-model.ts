import fc from 'fast-check';
import type { LaneWorld, Mishap } from './lane-world.js';

/** Everything that must be known is in the world itself: what was sent, and what the receiver has been told. */
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

/** Each entry that is new to the receiver is the next one; what it has had already may come again. */
export function expectOrder({ received }: LaneWorld): void {
  let newest = 0;
  for (const seq of received) {
    if (seq > newest + 1) throw new Error(`Entry ${seq} came after ${newest}: ${received.join(' ')}`);
    newest = Math.max(newest, seq);
  }
}

const entry = fc.nat(5);
const mishap = fc.constantFrom<Mishap>('crash', 'fail', 'hang before', 'hang behind');
const once = (name: string, run: (world: LaneWorld) => Promise<void>) => fc.constant(command(name, run));

export const laneCommands = [
  once('send', (world) => world.send()),
  once('send many', (world) => world.send(MANY)),
  once('wake', (world) => world.wake()),
  once('serve', (world) => world.serve()),
  once('time passes', (world) => world.passTime()),
  fc.tuple(entry, mishap).map(([n, what]) => command(`${String(what)} at ${n}`, (world) => world.serve(n, what))),
  entry.map((n) =>
    command(`something is said at ${n}`, (world) => world.serve(n, () => world.send().then(() => world.wake()))),
  ),
  entry.map((n) => command(`the lease runs out at ${n}`, (world) => world.serve(n, () => world.passTime()))),
  fc.nat(30).map((seq) => command(`${seq} is asked for again`, (world) => world.askAgain(seq))),
  once('two workers at once', async (world) => {
    await Promise.all([world.serve(), world.serve(1, 'crash'), world.wake()]);
  }),
  once('send while served', async (world) => {
    await Promise.all([world.serve(), world.send().then(() => world.wake())]);
  }),
  once('a worker that stood still goes on', (world) => world.wakeZombie()),
  once('it goes on after its lease, beside another', async (world) => {
    await world.passTime();
    await Promise.all([world.serve(1, 'crash'), world.wakeZombie()]);
  }),
];

/** Brings everything to its end, as the sweeper would. @throws Error when something is never told */
export async function settle(world: LaneWorld): Promise<void> {
  const told = () => new Set(world.received).size;
  const turns = Math.ceil(world.sent / MANY) + 40;
  while (world.hasZombies) await world.wakeZombie();
  for (let n = 0; n < turns && told() < world.sent; n++) {
    await world.wake();
    await world.passTime();
    await world.serve();
  }
  expectOrder(world);
  if (told() !== world.sent) throw new Error(`${world.sent} were said, ${told()} told: ${world.received.join(' ')}`);
}
