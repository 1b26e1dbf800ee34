import { type RawData, WebSocket } from 'ws';
import { runInContext } from '../../core/context/request-context.js';
import { randomHex } from '../../core/crypto/tokens.js';
import type { Actor, BotPassClaims } from '../../modules/auth/index.js';
import { CLOSE } from './connector-close.js';
import { CONNECTOR_CODE } from './connector-codes.js';
import {
  errorFrame,
  fittingResponse,
  type FrameFault,
  readFrame,
  REQUEST,
  type RequestFrame,
} from './connector-frames.js';
import type { ConnectorCall, ConnectorPeer } from './connector-method.decorator.js';
import type { ConnectorAnswer } from './connector-methods.js';
import { Outbox } from './outbox.js';
import { RateGauge } from './rate-gauge.js';

/** Who a session belongs to, once it has said so. */
export interface SessionIdentity {
  actor: Actor;
  claims: BotPassClaims;
  /** Whether it wants what nobody has acknowledged so far. */
  receivesUnread: boolean;
  /** Whether it wants envelopes of coming, going and the like beside their events. */
  receivesSystemMessages: boolean;
}

/** What a session needs of the world around it. */
export interface SessionHost {
  requestsPerSecond: number;
  authTimeoutMs: number;
  /** A client that reads nothing for so long is let go. */
  maxCloggedMs: number;
  /** Answers `auth`, and makes the session known when it is good. */
  authenticate(session: ConnectorSession, payload: unknown): Promise<ConnectorAnswer | undefined>;
  call(method: string, call: ConnectorCall, payload: unknown): Promise<ConnectorAnswer>;
}

/** Clients give up after ten seconds, counted from when they have asked. */
const ANSWER_WITHIN_MS = 9000;
/** Bytes that a client may leave unread before it is asked for and told nothing more. */
const MAX_UNREAD_BYTES = 1_048_576;
const MAX_QUEUE = 256;
/** Bytes of requests that wait for their turn, before the socket is read no further: less, as long as it has no identity. */
const MAX_QUEUE_BYTES = 1_048_576;
const MAX_UNAUTHENTICATED_QUEUE_BYTES = 131_072;
const MAX_FAULTS_PER_MINUTE = 20;
/** Refused requests, and frames that nobody has asked for, before a socket is closed. */
const MAX_NOISE = 2000;
/** By which a repeated id is found. */
const REMEMBERED_IDS = 1024;
const POLL_MS = 20;
/** How long the other side may take to part. */
const CLOSING_MS = 2000;

/** A request that waits for its turn. */
interface Asked {
  frame: RequestFrame;
  bytes: number;
  /** When its answer must be out. */
  deadline: number;
}

/**
 * One socket of a bot, from its first frame to its last.
 *
 *   frame ─► request ─► queue ─► one after the other: its method ─► response
 *        └─► response ─► the event of that number is acknowledged
 *
 * One queue for all that is asked, so the answer to `auth` comes before anything else. Events go out beside it, in the order in
 * which they are handed in.
 */
export class ConnectorSession implements ConnectorPeer {
  readonly connectionId = randomHex(10);
  readonly outbox: Outbox;
  identity: SessionIdentity | undefined;
  private readonly queue: Asked[] = [];
  private queuedBytes = 0;
  private isServing = false;
  private isPaused = false;
  private isClosed = false;
  private pongsDue = 0;
  private cloggedSince: number | undefined;
  private readonly ends: (() => void)[] = [];
  private readonly recentIds = new Set<number>();
  private readonly requests: RateGauge;
  private readonly faults = new RateGauge(MAX_FAULTS_PER_MINUTE / 60, MAX_FAULTS_PER_MINUTE);
  private readonly noise = new RateGauge(MAX_NOISE / 60, MAX_NOISE);
  private readonly authTimer: NodeJS.Timeout;

  constructor(
    private readonly socket: WebSocket,
    private readonly host: SessionHost,
  ) {
    this.requests = new RateGauge(host.requestsPerSecond, 2 * host.requestsPerSecond);
    this.outbox = new Outbox((frame) => this.sendEvent(frame));
    this.authTimer = setTimeout(() => this.close(CLOSE.authTimeout), host.authTimeoutMs);
    socket.on('message', (data, isBinary) => this.receive(data, isBinary));
    socket.on('pong', () => (this.pongsDue = 0));
    socket.on('ping', () => this.countNoise());
    socket.on('error', () => undefined); // what is wrong is told by the code that it closes with
    socket.on('close', () => this.finish());
  }

  get isOver(): boolean {
    return this.isClosed;
  }

  /** Nothing is sent to a client that leaves too much unread. */
  get isClogged(): boolean {
    return this.socket.bufferedAmount > MAX_UNREAD_BYTES;
  }

  tell(method: string, payload: object): void {
    this.outbox.tell(method, payload);
  }

  whenOver(end: () => void): void {
    if (this.isClosed) end();
    else this.ends.push(end);
  }

  /** From now on the session is somebody's. */
  identify(identity: SessionIdentity): void {
    clearTimeout(this.authTimer);
    this.identity = identity;
  }

  /** Called at each beat of the server: pings, and lets go of who does not answer or read. */
  beat(): void {
    if (this.isPaused || this.isClogged) {
      this.cloggedSince ??= Date.now();
      if (Date.now() - this.cloggedSince > this.host.maxCloggedMs) this.close(CLOSE.overloaded);
      return;
    }
    this.cloggedSince = undefined;
    if (this.pongsDue >= 2) return this.close(CLOSE.goingAway);
    this.pongsDue += 1;
    this.socket.ping();
  }

  /** Who does not take part in the closing is cut off. */
  close([code, reason]: readonly [code: number, reason: string]): void {
    if (this.isClosed) return;
    this.socket.close(code, reason);
    setTimeout(() => this.socket.terminate(), CLOSING_MS).unref();
    this.finish();
  }

  private finish(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    clearTimeout(this.authTimer);
    this.queue.length = 0;
    this.outbox.end();
    for (const end of this.ends) end();
  }

  private receive(data: RawData, isBinary: boolean): void {
    if (this.isClosed) return;
    if (isBinary) return this.close(CLOSE.onlyText);
    try {
      const frame = readFrame((data as Buffer).toString('utf8'));
      if (frame.type === REQUEST) this.accept(frame, (data as Buffer).length);
      else if (!this.outbox.acknowledge(frame.id)) this.countNoise();
    } catch (error) {
      this.refuseFrame(error as FrameFault);
    }
  }

  private refuseFrame({ id, errorCode, message }: FrameFault): void {
    this.sendFrame(errorFrame(id, errorCode, message));
    if (!this.faults.take()) this.close(CLOSE.tooManyFaults);
  }

  private accept(frame: RequestFrame, bytes: number): void {
    if (!this.requests.take()) {
      this.sendFrame(errorFrame(frame.id, CONNECTOR_CODE.internal, 'Too many requests: slow down.'));
      return this.countNoise(CLOSE.tooManyRequests);
    }
    if (this.recentIds.has(frame.id)) {
      return this.sendFrame(errorFrame(frame.id, CONNECTOR_CODE.duplicateId, 'This id was used before.'));
    }
    this.remember(frame.id);
    this.queue.push({ frame, bytes, deadline: Date.now() + ANSWER_WITHIN_MS });
    this.queuedBytes += bytes;
    if (this.queue.length >= MAX_QUEUE || this.queuedBytes >= this.maxQueuedBytes) this.pause();
    if (!this.isServing) void this.serve();
  }

  private async serve(): Promise<void> {
    this.isServing = true;
    for (let asked = this.queue.shift(); asked && !this.isClosed; asked = this.queue.shift()) {
      const { frame, bytes, deadline } = asked;
      this.queuedBytes -= bytes;
      const context = { requestId: `${this.connectionId}.${frame.id}` };
      const answer = await runInContext(context, () => this.answer(frame, deadline));
      if (answer) this.sendFrame(fittingResponse(frame.id, answer));
      await this.untilRead();
      const hasRoom = this.queue.length < MAX_QUEUE / 4 && this.queuedBytes <= this.maxQueuedBytes / 4;
      if (this.isPaused && hasRoom) this.resume();
    }
    this.isServing = false;
  }

  private get maxQueuedBytes(): number {
    return this.identity ? MAX_QUEUE_BYTES : MAX_UNAUTHENTICATED_QUEUE_BYTES;
  }

  private async answer({ method, payload }: RequestFrame, deadline: number): Promise<ConnectorAnswer | undefined> {
    if (method === 'auth') return this.host.authenticate(this, payload);
    const { identity } = this;
    if (!identity)
      return { errorCode: CONNECTOR_CODE.notAuthorized, errorDescription: 'The first request must be auth.' };
    // Those before it have taken too long: whoever has asked has given up.
    if (Date.now() >= deadline)
      return { errorCode: CONNECTOR_CODE.timeout, errorDescription: 'It took too long; it was not done.' };
    const call = { actor: identity.actor, connectionId: this.connectionId, session: this };
    return within(deadline, this.host.call(method, call, payload));
  }

  /** A client that asks on and on and reads nothing is answered no faster than it reads. */
  private async untilRead(): Promise<void> {
    while (this.isClogged && !this.isClosed) {
      this.pause();
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  private sendFrame(frame: string): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(frame);
  }

  private sendEvent(frame: string): boolean {
    if (this.isClosed || this.isClogged) return false;
    this.sendFrame(frame);
    return true;
  }

  private remember(id: number): void {
    this.recentIds.add(id);
    if (this.recentIds.size > REMEMBERED_IDS) this.recentIds.delete(this.recentIds.values().next().value!);
  }

  private countNoise(reason: readonly [number, string] = CLOSE.tooManyRequests): void {
    if (!this.noise.take()) this.close(reason);
  }

  private pause(): void {
    if (this.isPaused) return;
    this.isPaused = true;
    this.socket.pause();
  }

  private resume(): void {
    this.isPaused = false;
    this.socket.resume();
  }
}

function within(deadline: number, answer: Promise<ConnectorAnswer>): Promise<ConnectorAnswer> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<ConnectorAnswer>((resolve) => {
    const late = {
      errorCode: CONNECTOR_CODE.timeout,
      errorDescription: 'It takes too long; it may still be done.',
    };
    timer = setTimeout(resolve, deadline - Date.now(), late);
  });
  return Promise.race([answer, timeout]).finally(() => clearTimeout(timer));
}
