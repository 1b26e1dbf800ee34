import { setImmediate as nextTurn } from 'node:timers/promises';
import { waitFor } from '../../../test/support/wait-for.js';
import { PubSubBatch, PubSub, type PubSubEnvelope, type PubSubMessage } from './pubsub.js';

/** A bus within one process that can receive payloads. */
class TestBus extends PubSub {
  publish(topic: string, message: PubSubMessage): void {
    this.hear(JSON.stringify([{ topic, message }]));
  }

  hear(payload: string): void {
    this.receive(payload);
  }
}

describe('PubSub', () => {
  let bus: TestBus;
  let heard: PubSubMessage[];

  beforeEach(() => {
    bus = new TestBus();
    heard = [];
    jest.spyOn(bus['logger'], 'error').mockReturnValue();
    jest.spyOn(bus['logger'], 'debug').mockReturnValue();
  });

  it('notifies only the subscribers of a topic', () => {
    bus.subscribe('chat:1', (message) => heard.push({ ...message, by: 'first' }));
    bus.subscribe('chat:1', (message) => heard.push({ ...message, by: 'second' }));
    bus.subscribe('chat:2', (message) => heard.push({ ...message, by: 'other' }));
    bus.publish('chat:1', { seq: 1 });
    expect(heard).toEqual([
      { seq: 1, by: 'first' },
      { seq: 1, by: 'second' },
    ]);
  });

  it('stops notifying a removed subscriber and keeps notifying the others', () => {
    const leave = bus.subscribe('chat:1', () => heard.push({ by: 'leaver' }));
    bus.subscribe('chat:1', () => heard.push({ by: 'stayer' }));
    leave();
    leave();
    bus.publish('chat:1', { seq: 1 });
    expect(heard).toEqual([{ by: 'stayer' }]);
  });

  it('continues when a subscriber fails', () => {
    bus.subscribe('chat:1', () => {
      throw new Error('a bad viewer');
    });
    bus.subscribe('chat:1', (message) => heard.push(message));
    bus.publish('chat:1', { seq: 1 });
    expect(heard).toEqual([{ seq: 1 }]);
    expect(bus['logger'].error).toHaveBeenCalled();
  });

  it.each(['no JSON', '{}', 'null', '[null]', ''])('ignores the malformed payload %j', (payload) => {
    expect(() => bus.hear(payload)).not.toThrow();
  });
});

describe('PubSubBatch', () => {
  const MAX_BYTES = 200;
  const envelope = (seq: number, topic = 'chat:1'): PubSubEnvelope => ({ topic, message: { seq } });
  const seqsOf = (payload: string): number[] =>
    (JSON.parse(payload) as PubSubEnvelope[]).map(({ message }) => Number(message.seq));
  const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
  let sent: string[];

  beforeEach(() => {
    sent = [];
  });

  const untilSent = (count: number): Promise<true> =>
    waitFor(() => (sent.flatMap(seqsOf).length >= count ? true : undefined), { what: `${count} notifications` });

  it('sends the notifications of one tick together at its end', async () => {
    const batch = new PubSubBatch(1000, async (payload) => void sent.push(payload));
    numbers(3).forEach((seq) => batch.add(envelope(seq)));
    expect(sent).toEqual([]);
    await nextTurn();
    expect(sent.map(seqsOf)).toEqual([[0, 1, 2]]);
  });

  it('collects further notifications for a moment', async () => {
    const batch = new PubSubBatch(1000, async (payload) => void sent.push(payload));
    for (const seq of numbers(5)) {
      batch.add(envelope(seq));
      await nextTurn();
    }
    await untilSent(5);
    expect(sent.map(seqsOf)).toEqual([[0], [1, 2, 3, 4]]);
  });

  it.each([
    ['letters', 'chat:1'],
    ['signs of several bytes', '🔔🔔🔔🔔🔔'],
  ])('sends no more bytes at once than it may, in order, and loses nothing: %s', async (_what, topic) => {
    const batch = new PubSubBatch(MAX_BYTES, async (payload) => void sent.push(payload));
    numbers(50).forEach((seq) => batch.add(envelope(seq, topic)));
    await untilSent(50);
    expect(sent.flatMap(seqsOf)).toEqual(numbers(50));
    expect(sent.length).toBeGreaterThan(5);
    for (const payload of sent) expect(Buffer.byteLength(payload)).toBeLessThanOrEqual(MAX_BYTES);
  });

  it('buffers notifications during a send and drops those above the limit', async () => {
    let finish = (): void => undefined;
    const batch = new PubSubBatch(1_000_000, (payload) => {
      sent.push(payload);
      return new Promise((resolve) => (finish = resolve));
    });
    batch.add(envelope(0));
    await nextTurn();
    for (let seq = 1; seq <= 10_100; seq++) batch.add(envelope(seq));
    await nextTurn();
    expect(sent).toHaveLength(1);
    finish();
    await untilSent(10_001);
    expect(seqsOf(sent[1])).toHaveLength(10_000);
    finish();
  });
});
