import { setImmediate as nextTurn } from 'node:timers/promises';
import { LiveBatch, LiveBus, type LiveEnvelope, type LiveMessage } from './live-bus.js';

/** A bus within one process, with an ear for what comes in from outside. */
class TestBus extends LiveBus {
  publish(topic: string, message: LiveMessage): void {
    this.hear(JSON.stringify([{ topic, message }]));
  }

  hear(payload: string): void {
    this.receive(payload);
  }
}

describe('LiveBus', () => {
  let bus: TestBus;
  let heard: LiveMessage[];

  beforeEach(() => {
    bus = new TestBus();
    heard = [];
    jest.spyOn(bus['logger'], 'error').mockReturnValue();
    jest.spyOn(bus['logger'], 'debug').mockReturnValue();
  });

  it('tells the subscribers of a topic, and no others', () => {
    bus.subscribe('chat:1', (message) => heard.push({ ...message, by: 'first' }));
    bus.subscribe('chat:1', (message) => heard.push({ ...message, by: 'second' }));
    bus.subscribe('chat:2', (message) => heard.push({ ...message, by: 'other' }));
    bus.publish('chat:1', { seq: 1 });
    expect(heard).toEqual([
      { seq: 1, by: 'first' },
      { seq: 1, by: 'second' },
    ]);
  });

  it('tells nothing to who has left, and those who stay hear on', () => {
    const leave = bus.subscribe('chat:1', () => heard.push({ by: 'leaver' }));
    bus.subscribe('chat:1', () => heard.push({ by: 'stayer' }));
    leave();
    leave();
    bus.publish('chat:1', { seq: 1 });
    expect(heard).toEqual([{ by: 'stayer' }]);
  });

  it('goes on when a subscriber fails', () => {
    bus.subscribe('chat:1', () => {
      throw new Error('a bad viewer');
    });
    bus.subscribe('chat:1', (message) => heard.push(message));
    bus.publish('chat:1', { seq: 1 });
    expect(heard).toEqual([{ seq: 1 }]);
    expect(bus['logger'].error).toHaveBeenCalled();
  });

  it.each(['no JSON', '{}', 'null', '[null]', ''])('overhears what is no hint: %j', (payload) => {
    expect(() => bus.hear(payload)).not.toThrow();
  });
});

describe('LiveBatch', () => {
  const envelope = (seq: number): LiveEnvelope => ({ topic: 'chat:1', message: { seq } });
  const seqsOf = (payload: string): number[] =>
    (JSON.parse(payload) as LiveEnvelope[]).map(({ message }) => Number(message.seq));

  it('sends what is published in one turn together', async () => {
    const sent: string[] = [];
    const batch = new LiveBatch(1000, async (payload) => void sent.push(payload));
    [1, 2, 3].forEach((seq) => batch.add(envelope(seq)));
    expect(sent).toEqual([]);
    await nextTurn();
    expect(sent.map(seqsOf)).toEqual([[1, 2, 3]]);
  });

  it('sends no more bytes at once than it may, in order, and loses nothing', async () => {
    const sent: string[] = [];
    const batch = new LiveBatch(200, async (payload) => void sent.push(payload));
    const seqs = Array.from({ length: 50 }, (_, index) => index);
    seqs.forEach((seq) => batch.add(envelope(seq)));
    await nextTurn();
    expect(sent.flatMap(seqsOf)).toEqual(seqs);
    expect(sent.length).toBeGreaterThan(5);
    for (const payload of sent) expect(Buffer.byteLength(payload)).toBeLessThanOrEqual(200);
  });

  it('counts bytes, not characters', async () => {
    const sent: string[] = [];
    const batch = new LiveBatch(200, async (payload) => void sent.push(payload));
    for (let index = 0; index < 6; index++) batch.add({ topic: '🔔🔔🔔🔔🔔', message: { seq: index } });
    await nextTurn();
    expect(sent.flatMap(seqsOf)).toEqual([0, 1, 2, 3, 4, 5]);
    for (const payload of sent) expect(Buffer.byteLength(payload)).toBeLessThanOrEqual(200);
  });

  it('gathers while a send is under way, and drops what would fill the memory', async () => {
    const sent: string[] = [];
    let finish = (): void => undefined;
    const batch = new LiveBatch(1_000_000, (payload) => {
      sent.push(payload);
      return new Promise((resolve) => (finish = resolve));
    });
    batch.add(envelope(0));
    await nextTurn();
    for (let seq = 1; seq <= 10_100; seq++) batch.add(envelope(seq));
    await nextTurn();
    expect(sent).toHaveLength(1);
    finish();
    await nextTurn();
    finish();
    await nextTurn();
    expect(sent).toHaveLength(2);
    expect(seqsOf(sent[1])).toHaveLength(10_000);
  });
});
