import { type Acknowledgement, PendingAcks } from './pending-acks.js';

describe('PendingAcks', () => {
  let sent: { id: number; method: string }[];
  let isBackpressured: boolean;
  let pendingAcks: PendingAcks;

  beforeEach(() => {
    jest.useFakeTimers();
    sent = [];
    isBackpressured = false;
    pendingAcks = new PendingAcks((frame) => {
      if (!isBackpressured) sent.push(JSON.parse(frame) as { id: number; method: string });
      return !isBackpressured;
    });
  });
  afterEach(() => jest.useRealTimers());

  const methods = () => sent.map(({ method }) => method);
  const send = (method: string): Promise<Acknowledgement> => pendingAcks.sendWithAck(method, {}, 100);

  it('holds new events until the missed messages are sent', () => {
    pendingAcks.send('new event', {});
    void send('new message');
    void pendingAcks.sendWithAckImmediately('missed', {}, 100);
    pendingAcks.sendImmediately('limits', {});
    expect(methods()).toEqual(['missed', 'limits']);
    pendingAcks.releaseHeld();
    expect(methods()).toEqual(['missed', 'limits', 'new event', 'new message']);
    pendingAcks.send('newer', {});
    expect(methods().at(-1)).toBe('newer');
  });

  it('assigns unique ids to events and matches acknowledgements by id', async () => {
    pendingAcks.releaseHeld();
    const [first, second] = [send('a'), send('b')];
    expect(new Set(sent.map(({ id }) => id)).size).toBe(2);
    expect(pendingAcks.acknowledge(sent[1].id)).toBe(true);
    expect(await second).toBe('acknowledged');
    jest.advanceTimersByTime(100);
    expect(await first).toBe('timed_out');
  });

  it('accepts acknowledgements of sent ids only', () => {
    pendingAcks.releaseHeld();
    pendingAcks.send('event', {});
    expect(pendingAcks.acknowledge(sent[0].id)).toBe(true);
    for (const id of [0, -1, sent[0].id + 1, 4_294_967_295]) expect(pendingAcks.acknowledge(id)).toBe(false);
  });

  it('does not send an event that timed out while it was held', async () => {
    const held = send('late');
    jest.advanceTimersByTime(100);
    expect(await held).toBe('timed_out');
    pendingAcks.releaseHeld();
    expect(sent).toEqual([]);
  });

  it('reports not_sent at once when the socket is backpressured', async () => {
    pendingAcks.releaseHeld();
    isBackpressured = true;
    expect(await send('a')).toBe('not_sent');
    expect(pendingAcks.count).toBe(0);
  });

  it('settles all pending events as closed when the session closes, and sends no more', async () => {
    const held = send('held');
    const sentNow = pendingAcks.sendWithAckImmediately('sent', {}, 100);
    pendingAcks.close();
    expect(await Promise.all([held, sentNow, send('late')])).toEqual(['closed', 'closed', 'closed']);
    pendingAcks.send('late', {});
    pendingAcks.releaseHeld();
    expect(methods()).toEqual(['sent']);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('restarts ids at 1 after the highest id', () => {
    Object.assign(pendingAcks, { nextId: 0xffff_ffff });
    pendingAcks.releaseHeld();
    pendingAcks.send('last', {});
    pendingAcks.send('first', {});
    expect(sent.map(({ id }) => id)).toEqual([0xffff_ffff, 1]);
  });
});
