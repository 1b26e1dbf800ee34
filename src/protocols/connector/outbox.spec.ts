import { type Acknowledgement, Outbox } from './outbox.js';

describe('PendingAcks', () => {
  let sent: { id: number; method: string }[];
  let isBackpressured: boolean;
  let outbox: Outbox;

  beforeEach(() => {
    jest.useFakeTimers();
    sent = [];
    isBackpressured = false;
    outbox = new Outbox((frame) => {
      if (!isBackpressured) sent.push(JSON.parse(frame) as { id: number; method: string });
      return !isBackpressured;
    });
  });
  afterEach(() => jest.useRealTimers());

  const methods = () => sent.map(({ method }) => method);
  const send = (method: string): Promise<Acknowledgement> => outbox.ask(method, {}, 100);

  it('holds new events until the missed messages are sent', () => {
    outbox.tell('new event', {});
    void send('new message');
    void outbox.askNow('missed', {}, 100);
    outbox.tellNow('limits', {});
    expect(methods()).toEqual(['missed', 'limits']);
    outbox.openGate();
    expect(methods()).toEqual(['missed', 'limits', 'new event', 'new message']);
    outbox.tell('newer', {});
    expect(methods().at(-1)).toBe('newer');
  });

  it('assigns unique ids to events and matches acknowledgements by id', async () => {
    outbox.openGate();
    const [first, second] = [send('a'), send('b')];
    expect(new Set(sent.map(({ id }) => id)).size).toBe(2);
    expect(outbox.acknowledge(sent[1].id)).toBe(true);
    expect(await second).toBe('acknowledged');
    jest.advanceTimersByTime(100);
    expect(await first).toBe('timed_out');
  });

  it('accepts acknowledgements of sent ids only', () => {
    outbox.openGate();
    outbox.tell('event', {});
    expect(outbox.acknowledge(sent[0].id)).toBe(true);
    for (const id of [0, -1, sent[0].id + 1, 4_294_967_295]) expect(outbox.acknowledge(id)).toBe(false);
  });

  it('does not send an event that timed out while it was held', async () => {
    const held = send('late');
    jest.advanceTimersByTime(100);
    expect(await held).toBe('timed_out');
    outbox.openGate();
    expect(sent).toEqual([]);
  });

  it('reports not_sent at once when the socket is backpressured', async () => {
    outbox.openGate();
    isBackpressured = true;
    expect(await send('a')).toBe('not_sent');
    expect(outbox.unacknowledged).toBe(0);
  });

  it('settles all pending events as closed when the session closes, and sends no more', async () => {
    const held = send('held');
    const sentNow = outbox.askNow('sent', {}, 100);
    outbox.end();
    expect(await Promise.all([held, sentNow, send('late')])).toEqual(['closed', 'closed', 'closed']);
    outbox.tell('late', {});
    outbox.openGate();
    expect(methods()).toEqual(['sent']);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('restarts ids at 1 after the highest id', () => {
    Object.assign(outbox, { nextId: 0xffff_ffff });
    outbox.openGate();
    outbox.tell('last', {});
    outbox.tell('first', {});
    expect(sent.map(({ id }) => id)).toEqual([0xffff_ffff, 1]);
  });
});
