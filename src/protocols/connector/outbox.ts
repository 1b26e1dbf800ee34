import { requestFrame } from './connector-frames.js';

/**
 * What became of an event:
 * - `unanswered`: no acknowledgement within the time
 * - `unsent`: the peer does not read, so it was not sent at all
 * - `over`: the session ended before it was acknowledged
 */
export type Acknowledgement = 'acknowledged' | 'unanswered' | 'unsent' | 'over';

interface Waiting {
  settle: (acknowledgement: Acknowledgement) => void;
  timer: NodeJS.Timeout;
}

/** The events that one session is told: they are numbered, and each is acknowledged by its number. */
export class Outbox {
  private nextId = 1;
  private readonly waiting = new Map<number, Waiting>();
  /** What is to be sent once the gate opens; undefined while it is open. */
  private held: (() => void)[] | undefined = [];
  private isOver = false;

  /** @param send puts a frame on the line; false when the line is too full for it */
  constructor(private readonly send: (frame: string) => boolean) {}

  /** Events that wait for their acknowledgement. */
  get unacknowledged(): number {
    return this.waiting.size;
  }

  /** Events that come after those that were missed wait until this is called. */
  openGate(): void {
    const held = this.held ?? [];
    this.held = undefined;
    for (const release of held) release();
  }

  /** Sends an event behind all others, and waits for its acknowledgement. */
  ask(method: string, payload: object, timeoutMs: number): Promise<Acknowledgement> {
    return this.wait(timeoutMs, (id) => this.orHold(() => this.transmit(id, method, payload)));
  }

  /** The same past the gate: for what was missed. */
  askNow(method: string, payload: object, timeoutMs: number): Promise<Acknowledgement> {
    return this.wait(timeoutMs, (id) => this.transmit(id, method, payload));
  }

  /** Sends an event behind all others. Whether it is acknowledged makes no difference. */
  tell(method: string, payload: object): void {
    const id = this.takeId();
    this.orHold(() => this.send(requestFrame(id, method, payload)));
  }

  /** The same past the gate. */
  tellNow(method: string, payload: object): void {
    this.send(requestFrame(this.takeId(), method, payload));
  }

  /** @returns whether an event with this number was waiting for it */
  acknowledge(id: number): boolean {
    const waiting = this.waiting.get(id);
    waiting?.settle('acknowledged');
    // What is only told is acknowledged too.
    return waiting !== undefined || (id > 0 && id < this.nextId);
  }

  end(): void {
    this.isOver = true;
    this.held = undefined;
    for (const { settle } of [...this.waiting.values()]) settle('over');
  }

  private wait(timeoutMs: number, send: (id: number) => void): Promise<Acknowledgement> {
    if (this.isOver) return Promise.resolve('over');
    return new Promise((resolve) => {
      const id = this.takeId();
      const settle = (acknowledgement: Acknowledgement) => {
        clearTimeout(timer);
        this.waiting.delete(id);
        resolve(acknowledgement);
      };
      const timer = setTimeout(settle, timeoutMs, 'unanswered');
      this.waiting.set(id, { settle, timer });
      send(id);
    });
  }

  /** What was given up while it was held is not sent any more. On a line that is too full nothing is: it comes again later. */
  private transmit(id: number, method: string, payload: object): void {
    const waiting = this.waiting.get(id);
    if (waiting && !this.send(requestFrame(id, method, payload))) waiting.settle('unsent');
  }

  private orHold(send: () => void): void {
    if (this.isOver) return;
    if (this.held) this.held.push(send);
    else send();
  }

  private takeId(): number {
    const id = this.nextId;
    this.nextId = id >= 0xffff_ffff ? 1 : id + 1;
    return id;
  }
}
