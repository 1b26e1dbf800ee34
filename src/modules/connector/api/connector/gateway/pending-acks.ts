import { requestFrame } from './connector-frames.js';

/**
 * The outcome of an event:
 * - `timed_out`: no acknowledgement in time
 * - `not_sent`: the session is backpressured, so the event was not sent
 * - `closed`: the session closed before the acknowledgement
 */
export type Acknowledgement = 'acknowledged' | 'timed_out' | 'not_sent' | 'closed';

interface Pending {
  settle: (acknowledgement: Acknowledgement) => void;
  timer: NodeJS.Timeout;
}

/** Sends the events of one session with rising ids and tracks their acknowledgements. */
export class PendingAcks {
  private nextId = 1;
  private readonly pending = new Map<number, Pending>();
  /** Events that are held until the replay of missed messages ends; undefined afterwards. */
  private held: (() => void)[] | undefined = [];
  private isClosed = false;

  /** @param write sends a frame; false if the socket is backpressured */
  constructor(private readonly write: (frame: string) => boolean) {}

  /** Count of unacknowledged events. */
  get count(): number {
    return this.pending.size;
  }

  /** Sends the held events and stops holding. */
  releaseHeld(): void {
    const held = this.held ?? [];
    this.held = undefined;
    for (const release of held) release();
  }

  /** Sends an event after all held events and waits for its acknowledgement. */
  sendWithAck(method: string, payload: object, timeoutMs: number): Promise<Acknowledgement> {
    return this.waitForAck(timeoutMs, (id) => this.sendOrHold(() => this.transmit(id, method, payload)));
  }

  /** As `sendWithAck`, but ahead of held events: for missed messages. */
  sendWithAckImmediately(method: string, payload: object, timeoutMs: number): Promise<Acknowledgement> {
    return this.waitForAck(timeoutMs, (id) => this.transmit(id, method, payload));
  }

  /** Sends an event after all held events and ignores its acknowledgement. */
  send(method: string, payload: object): void {
    const id = this.takeId();
    this.sendOrHold(() => this.write(requestFrame(id, method, payload)));
  }

  /** As `send`, but ahead of held events. */
  sendImmediately(method: string, payload: object): void {
    this.write(requestFrame(this.takeId(), method, payload));
  }

  /** @returns whether an event with this id was sent */
  acknowledge(id: number): boolean {
    const pending = this.pending.get(id);
    pending?.settle('acknowledged');
    // Clients also acknowledge events that are not tracked.
    return pending !== undefined || (id > 0 && id < this.nextId);
  }

  close(): void {
    this.isClosed = true;
    this.held = undefined;
    for (const { settle } of [...this.pending.values()]) settle('closed');
  }

  private waitForAck(timeoutMs: number, send: (id: number) => void): Promise<Acknowledgement> {
    if (this.isClosed) return Promise.resolve('closed');
    return new Promise((resolve) => {
      const id = this.takeId();
      const settle = (acknowledgement: Acknowledgement) => {
        clearTimeout(timer);
        this.pending.delete(id);
        resolve(acknowledgement);
      };
      const timer = setTimeout(settle, timeoutMs, 'timed_out');
      this.pending.set(id, { settle, timer });
      send(id);
    });
  }

  /** Sends an event unless it timed out while it was held. Under backpressure it is not sent and is delivered again later. */
  private transmit(id: number, method: string, payload: object): void {
    const pending = this.pending.get(id);
    if (pending && !this.write(requestFrame(id, method, payload))) pending.settle('not_sent');
  }

  private sendOrHold(send: () => void): void {
    if (this.isClosed) return;
    if (this.held) this.held.push(send);
    else send();
  }

  private takeId(): number {
    const id = this.nextId;
    this.nextId = id >= 0xffff_ffff ? 1 : id + 1;
    return id;
  }
}
