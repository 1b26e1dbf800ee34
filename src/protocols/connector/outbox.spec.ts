import { type Acknowledgement, Outbox } from './outbox.js';

describe('Outbox', () => {
  let sent: { id: number; method: string }[];
  let isFull: boolean;
  let outbox: Outbox;

  beforeEach(() => {
    jest.useFakeTimers();
    sent = [];
    isFull = false;
    outbox = new Outbox((frame) => {
      if (!isFull) sent.push(JSON.parse(frame) as { id: number; method: string });
      return !isFull;
    });
  });
  afterEach(() => jest.useRealTimers());

  const methods = () => sent.map(({ method }) => method);
  const ask = (method: string): Promise<Acknowledgement> => outbox.ask(method, {}, 100);

  it('holds back what is new until what was missed is told', () => {
    outbox.tell('new told', {});
    void ask('new asked');
    void outbox.askNow('missed', {}, 100);
    outbox.tellNow('limits', {});
    expect(methods()).toEqual(['missed', 'limits']);
    outbox.openGate();
    expect(methods()).toEqual(['missed', 'limits', 'new told', 'new asked']);
    outbox.tell('newer', {});
    expect(methods().at(-1)).toBe('newer');
  });

  it('gives each event a number of its own, and takes an acknowledgement by it', async () => {
    outbox.openGate();
    const [first, second] = [ask('a'), ask('b')];
    expect(new Set(sent.map(({ id }) => id)).size).toBe(2);
    expect(outbox.acknowledge(sent[1].id)).toBe(true);
    expect(await second).toBe('acknowledged');
    jest.advanceTimersByTime(100);
    expect(await first).toBe('unanswered');
  });

  it('knows which numbers it has given out', () => {
    outbox.openGate();
    outbox.tell('told', {});
    expect(outbox.acknowledge(sent[0].id)).toBe(true);
    for (const id of [0, -1, sent[0].id + 1, 4_294_967_295]) expect(outbox.acknowledge(id)).toBe(false);
  });

  it('does not send any more what was given up while it was held back', async () => {
    const held = ask('late');
    jest.advanceTimersByTime(100);
    expect(await held).toBe('unanswered');
    outbox.openGate();
    expect(sent).toEqual([]);
  });

  it('reports at once what finds no room, so that it is sent again later', async () => {
    outbox.openGate();
    isFull = true;
    expect(await ask('a')).toBe('unsent');
    expect(outbox.unacknowledged).toBe(0);
  });

  it('ends with its session: all that waits is over, and nothing is sent any more', async () => {
    const held = ask('held');
    const asked = outbox.askNow('asked', {}, 100);
    outbox.end();
    expect(await Promise.all([held, asked, ask('late')])).toEqual(['over', 'over', 'over']);
    outbox.tell('late', {});
    outbox.openGate();
    expect(methods()).toEqual(['asked']);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('begins its numbers anew after the last one', () => {
    Object.assign(outbox, { nextId: 0xffff_ffff });
    outbox.openGate();
    outbox.tell('last', {});
    outbox.tell('first', {});
    expect(sent.map(({ id }) => id)).toEqual([0xffff_ffff, 1]);
  });
});
