import fc from 'fast-check';
import { randomHex } from '../../src/core/crypto/tokens.js';
import type { AttemptRow, LaneLeases, LaneStep, Lease, LeaseState } from '../../src/modules/deliveries/lane-leases.js';
import { type LaneKey, type LanesRepository } from '../../src/modules/deliveries/lanes.repository.js';

const PAGE = 3;
/** Short enough that a crash is over within the run. */
const LEASE_MS = 40;
const NO_HEAD = { headAttempts: 0, headBody: null, gapSeq: null };

/** What the commands of the model act on: the real lanes, and a transport that is a list. */
export interface LaneWorld {
  lanes: LanesRepository;
  leases: LaneLeases;
  lane: LaneKey;
  /** Says something in the chat, without any bell. */
  send(): Promise<void>;
  /** What a bell does: nothing, unless the chat is armed. */
  wake(): Promise<void>;
  /** The log behind the cursor, by its numbers. */
  read(afterSeq: number, limit: number): Promise<number[]>;
  /** Whether the lane is behind the log, and neither is it due nor its chat armed. */
  isForgotten(): Promise<boolean>;
  sleep(ms: number): Promise<unknown>;
  /** What the receiver has been told, in that order. */
  received: number[];
  /** Workers that were thought dead, with what they still believe to hold. */
  zombies: Lease[];
}

/** What must hold, whatever happens: the receiver's distinct entries are 1..n, each new one the next. */
export interface LaneModel {
  sent: number;
}

export type LaneCommand = fc.AsyncCommand<LaneModel, LaneWorld>;

const attempt = (seq: number): AttemptRow => ({
  seq,
  number: 1,
  httpStatus: 200,
  errorCode: '',
  durationMs: 1,
  responseHead: '',
  requestId: '',
  trigger: 'auto',
});

const command = (name: string, run: (world: LaneWorld, model: LaneModel) => Promise<void>): LaneCommand => ({
  check: () => true,
  async run(model, world) {
    await run(world, model);
    expectOrder(world.received);
    if (await world.isForgotten())
      throw new Error(`After "${name}" something is left to tell, and nobody will be told to.`);
  },
  toString: () => name,
});

export function expectOrder(received: readonly number[]): void {
  let newest = 0;
  for (const seq of received) {
    if (seq > newest + 1) throw new Error(`Entry ${seq} came after ${newest}: ${received.join(' ')}`);
    newest = Math.max(newest, seq);
  }
}

/** A turn of a worker that dies, fails or is held up after `until` entries. It reads pages, and writes down entry by entry. */
async function turn(
  world: LaneWorld,
  until: number,
  end: 'finish' | 'crash' | 'fail' | 'zombie' | (() => Promise<void>),
): Promise<void> {
  const lease = await world.leases.lease(world.lane, randomHex(8), LEASE_MS);
  if (!lease) return;
  for (let told = 0, state: LeaseState = 'held'; state === 'held';) {
    const page = await world.read(lease.cursorSeq, PAGE);
    for (const seq of page.slice(0, PAGE)) {
      if (told === until && end === 'zombie') return void world.zombies.push(lease);
      if (told === until && end === 'fail') return void (await world.leases.record(lease, failure(lease), LEASE_MS));
      if (told === until && typeof end === 'function') await end();
      world.received.push(seq);
      if (told++ >= until && end === 'crash') return; // sent, and never written down
      const isLast = seq === page.at(-1);
      const step: LaneStep = { kind: isLast && page.length < PAGE ? 'finish' : 'continue' };
      state = await world.leases.record(lease, progress(lease, seq, step), LEASE_MS);
      if (state !== 'held') return;
    }
    if (page.length === 0)
      state = await world.leases.record(lease, progress(lease, undefined, { kind: 'finish' }), LEASE_MS);
  }
}

const failure = (lease: Lease) => ({
  ...progress(lease, undefined, { kind: 'later', delayMs: 5 }),
  headAttempts: 1,
});

const progress = (lease: Lease, seq: number | undefined, step: LaneStep) => ({
  ...NO_HEAD,
  cursorSeq: seq ?? lease.cursorSeq,
  deliveries:
    seq === undefined ? [] : [{ seq, eventId: `evt_${seq}`, status: 'delivered' as const, reason: '', attempts: 1 }],
  attempts: seq === undefined ? [] : [attempt(seq)],
  step,
});

const entries = fc.nat(3);

export const laneCommands = [
  fc.constant(command('send', async (world, model) => void (await world.send(), model.sent++))),
  fc.constant(command('wake', (world) => world.wake())),
  fc.constant(command('serve', (world) => turn(world, 0, 'finish'))),
  entries.map((n) => command(`crash after ${n}`, (world) => turn(world, n, 'crash'))),
  entries.map((n) => command(`fail at ${n}`, (world) => turn(world, n, 'fail'))),
  entries.map((n) =>
    command(`something is said at ${n}`, (world, model) =>
      turn(world, n, async () => {
        await world.send();
        model.sent++;
        await world.wake();
      }),
    ),
  ),
  entries.map((n) => command(`hang at ${n}`, (world) => turn(world, n, 'zombie'))),
  fc.constant(
    command('two workers at once', async (world) => {
      await Promise.all([turn(world, 0, 'finish'), turn(world, 1, 'crash'), world.wake()]);
    }),
  ),
  fc.constant(
    command('send while served', async (world, model) => {
      await Promise.all([turn(world, 0, 'finish'), world.send().then(() => world.wake())]);
      model.sent++;
    }),
  ),
  fc.constant(
    command('a hung worker writes late', async (world) => {
      const lease = world.zombies.shift();
      if (!lease) return;
      await world.sleep(LEASE_MS + 5); // its lease is over, so another may have the lane
      await turn(world, 1, 'crash');
      const state = await world.leases.record(
        lease,
        progress(lease, lease.cursorSeq + 1, { kind: 'finish' }),
        LEASE_MS,
      );
      // If nobody has taken the lane, the write is as good as any: the entry is told, then, by this worker.
      if (state !== 'lost') world.received.push(lease.cursorSeq);
    }),
  ),
  fc.constant(command('time passes', async (world) => void (await world.sleep(LEASE_MS + 5)))),
];

/** Brings everything to its end, as the sweeper would. */
export async function settle(world: LaneWorld, model: LaneModel): Promise<void> {
  for (let n = 0; n < 100; n++) {
    await world.wake();
    await turn(world, 0, 'finish');
    if (new Set(world.received).size >= model.sent) return;
    await world.sleep(10);
  }
  throw new Error(`${model.sent} were said, ${new Set(world.received).size} told`);
}
