import { DeliverySettings } from '../deliveries.settings.js';
import { ConnectionLostError } from '../../../core/database/database.js';
import type { Membership } from '../../chats/index.js';
import type { SubscriptionLeases, SubscriptionProgress, Lease } from '../subscription-leases.js';
import type { RedeliveriesRepository } from '../inspection/redeliveries.repository.js';
import type { LogEntry } from '../routing.js';
import type { DeliveryContext, LogPage } from '../transport.js';
import type { DeliveryMetrics } from './delivery-metrics.js';
import type { EntryDeliverer, Turn } from './entry-deliverer.js';
import type { EventReader } from './event-reader.js';
import { SubscriptionRunner } from './subscription-runner.js';

const KEY = { endpointId: 'endpoint', chatId: 'chat' };
const entries = (...seqs: number[]): LogPage => ({
  entries: seqs.map((seq) => ({ seq, message: {} }) as LogEntry),
  users: new Map(),
  files: new Map(),
});
const contextUpTo = (lastSeq: number, state?: Membership['state']): DeliveryContext =>
  ({ chat: { lastSeq }, membership: state && { state } }) as DeliveryContext;

/** A log of one entry. @returns also the positions of the sent entries */
function logOfOneEntry() {
  const sent: number[] = [];
  const reader = {
    page: () => Promise.resolve(entries(1)),
    context: () => Promise.resolve(contextUpTo(1)),
  } as unknown as EventReader;
  const deliverer = {
    deliver: (_turn: Turn, { seq }: LogEntry) => (sent.push(seq), Promise.resolve({ kind: 'done' })),
  } as unknown as EntryDeliverer;
  return { reader, deliverer, sent };
}

const runnerOf = (
  leases: SubscriptionLeases,
  reader: EventReader,
  deliverer: EntryDeliverer,
  metrics = {} as DeliveryMetrics,
): SubscriptionRunner =>
  new SubscriptionRunner(leases, reader, deliverer, {} as RedeliveriesRepository, metrics, new DeliverySettings());

describe('SubscriptionRunner', () => {
  afterEach(() => jest.restoreAllMocks());

  it('does not skip an entry by a membership that is older than the entry', async () => {
    // The bot is not in the chat when the turn begins, and rejoins while the first page is delivered.
    const pages = [entries(5), entries(6, 7), entries()];
    const contexts = [contextUpTo(5), contextUpTo(7, 'joined')];
    const delivered: [number, string | undefined][] = [];
    const states = ['held', 'held', 'ended'] as const;
    let writes = 0;
    const lease = { ...KEY, cursorSeq: 4, endsSeq: null, erasedSeqs: [] } as unknown as Lease;
    const leases = {
      record: (_: Lease, { cursorSeq }: SubscriptionProgress) => {
        lease.cursorSeq = cursorSeq;
        return Promise.resolve(states[writes++]);
      },
    } as unknown as SubscriptionLeases;
    const reader = {
      page: () => Promise.resolve(pages.shift()!),
      context: () => Promise.resolve(contexts.shift()),
    } as unknown as EventReader;
    const deliverer = {
      deliver: ({ context }: Turn, { seq }: LogEntry) => {
        delivered.push([seq, context.membership?.state]);
        return Promise.resolve({ kind: 'done' });
      },
    } as unknown as EntryDeliverer;
    const runner = runnerOf(leases, reader, deliverer);

    expect(await runner.run(lease)).toEqual({ isYielded: false });
    expect(delivered).toEqual([
      [5, undefined],
      [6, 'joined'],
      [7, 'joined'],
    ]);
  });

  it('yields after two seconds, and records what it has delivered', async () => {
    let now = 0;
    jest.spyOn(Date, 'now').mockImplementation(() => now);
    const lease = { ...KEY, cursorSeq: 0, endsSeq: null, erasedSeqs: [] } as unknown as Lease;
    const recorded: Pick<SubscriptionProgress, 'cursorSeq' | 'step'>[] = [];
    const leases = {
      record: (_: Lease, { cursorSeq, step }: SubscriptionProgress) => {
        recorded.push({ cursorSeq, step });
        return Promise.resolve('ended');
      },
    } as unknown as SubscriptionLeases;
    const reader = {
      page: () => Promise.resolve(entries(1, 2, 3)),
      context: () => Promise.resolve(contextUpTo(3)),
    } as unknown as EventReader;
    const delivered: number[] = [];
    const deliverer = {
      deliver: (_turn: Turn, { seq }: LogEntry) => {
        delivered.push(seq);
        now += 1500;
        return Promise.resolve({ kind: 'done' });
      },
    } as unknown as EntryDeliverer;

    expect(await runnerOf(leases, reader, deliverer).run(lease)).toEqual({ isYielded: true });
    expect([delivered, recorded]).toEqual([[1, 2], [{ cursorSeq: 2, step: { kind: 'later', delayMs: 0 } }]]);
  });

  it.each([
    ['lost', []],
    ['held', [1]],
  ] as const)('renews a lease near its expiry before it sends, and finds it %s', async (found, sent) => {
    const lease = {
      ...KEY,
      cursorSeq: 0,
      endsSeq: null,
      erasedSeqs: [],
      renewedAt: performance.now() - new DeliverySettings().DELIVERY_LEASE_SLACK_MS,
    } as unknown as Lease;
    const steps: string[] = [];
    const leases = {
      record: (_: Lease, { step }: SubscriptionProgress) => {
        steps.push(step.kind);
        lease.renewedAt = performance.now();
        return Promise.resolve(step.kind === 'continue' ? found : 'ended');
      },
    } as unknown as SubscriptionLeases;
    const { reader, deliverer, sent: delivered } = logOfOneEntry();
    const metrics = { leasesLost: { inc: () => undefined } } as unknown as DeliveryMetrics;
    const runner = runnerOf(leases, reader, deliverer, metrics);
    jest.spyOn(runner['logger'], 'warn').mockReturnValue();

    await runner.run(lease);
    expect(delivered).toEqual(sent);
    expect(steps[0]).toBe('continue');
  });

  it('records results once the database is available again, instead of delivering the entry again', async () => {
    const lease = { ...KEY, cursorSeq: 0, endsSeq: null, erasedSeqs: [] } as unknown as Lease;
    const written: number[] = [];
    let isUnavailable = true;
    const leases = {
      record: (_: Lease, { cursorSeq }: SubscriptionProgress) => {
        if (isUnavailable) {
          isUnavailable = false;
          return Promise.reject(new ConnectionLostError(new Error('gone')));
        }
        written.push(cursorSeq);
        return Promise.resolve('ended');
      },
    } as unknown as SubscriptionLeases;
    const { reader, deliverer, sent: delivered } = logOfOneEntry();
    const runner = runnerOf(leases, reader, deliverer);

    expect(await runner.run(lease)).toEqual({ isYielded: false });
    expect([delivered, written]).toEqual([[1], [1]]);
  });
});
