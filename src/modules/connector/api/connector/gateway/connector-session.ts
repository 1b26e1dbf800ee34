import { type RawData, WebSocket } from 'ws';
import { runInContext } from '../../../../../core/context/request-context.js';
import { randomHex } from '../../../../../core/crypto/tokens.js';
import type { Actor, BotAccessTokenClaims } from '../../../../auth/index.js';
import {
  CLOSE_CODES,
  errorFrame,
  boundedResponseFrame,
  type InvalidFrameError,
  readFrame,
  REQUEST,
  type RequestFrame,
} from './connector-frames.js';
import { CONNECTOR_CODE } from '../../../../../protocols/connector/connector-codes.js';
import type {
  ConnectorCall,
  ConnectorPeer,
  ConnectorResponse,
} from '../../../../../protocols/connector/connector-methods.js';
import { PendingAcks } from './pending-acks.js';
import { LeakyBucket } from './leaky-bucket.js';

/** The identity of an authenticated session. */
export interface SessionIdentity {
  actor: Actor;
  claims: BotAccessTokenClaims;
  /** Whether it receives messages that no session has acknowledged. */
  receivesUnread: boolean;
  /** Whether it receives system message envelopes in addition to the events of members, titles and roles. */
  receivesSystemMessages: boolean;
}

/** The dependencies and limits of a session. */
export interface SessionHost {
  requestsPerSecond: number;
  authTimeoutMs: number;
  /** A socket under backpressure for longer is closed. */
  maxBackpressureMs: number;
  /** Handles `auth` and registers the session on success. */
  authenticate(session: ConnectorSession, payload: unknown): Promise<ConnectorResponse | undefined>;
  call(method: string, call: ConnectorCall, payload: unknown): Promise<ConnectorResponse>;
}

/** Clients give up 10 s after they send a request. */
const RESPONSE_TIMEOUT_MS = 9000;
/** Buffered bytes from which a session is backpressured: it then sends no events and handles no requests. */
const MAX_BUFFERED_BYTES = 1_048_576;
const MAX_QUEUE = 256;
/** Bytes of queued requests from which reading pauses. Unauthenticated sockets have a lower limit. */
const MAX_QUEUE_BYTES = 1_048_576;
const MAX_UNAUTHENTICATED_QUEUE_BYTES = 131_072;
const MAX_INVALID_FRAMES_PER_MINUTE = 20;
/** Rejected requests and unsolicited frames per minute before a socket is closed. */
const MAX_UNSOLICITED_FRAMES = 2000;
/** Recent request ids that are kept to detect duplicates. */
const REMEMBERED_IDS = 1024;
const POLL_MS = 20;
/** Time for the client to complete the close handshake. */
const CLOSE_TIMEOUT_MS = 2000;

/** A queued request. */
interface QueuedRequest {
  frame: RequestFrame;
  bytes: number;
  /** Time by which the response must be sent. */
  deadline: number;
}

/**
 * One socket of a bot.
 *
 *   frame ─► request ─► queue ─► one at a time: method ─► response
 *        └─► response ─► acknowledges the event with that id
 *
 * All requests share one queue, so the response to `auth` precedes all others. Events bypass the queue and keep the order in which
 * they are sent.
 */
export class ConnectorSession implements ConnectorPeer {
  readonly connectionId = randomHex(10);
  readonly pendingAcks: PendingAcks;
  identity: SessionIdentity | undefined;
  private readonly queue: QueuedRequest[] = [];
  private queuedBytes = 0;
  private isProcessing = false;
  private isPaused = false;
  private closed = false;
  private missedPongs = 0;
  private backpressuredSince: number | undefined;
  private readonly closeListeners: (() => void)[] = [];
  private readonly recentIds = new Set<number>();
  private readonly requests: LeakyBucket;
  private readonly invalidFrames = new LeakyBucket(MAX_INVALID_FRAMES_PER_MINUTE / 60, MAX_INVALID_FRAMES_PER_MINUTE);
  private readonly unsolicitedFrames = new LeakyBucket(MAX_UNSOLICITED_FRAMES / 60, MAX_UNSOLICITED_FRAMES);
  private readonly authTimer: NodeJS.Timeout;

  constructor(
    private readonly socket: WebSocket,
    private readonly host: SessionHost,
  ) {
    this.requests = new LeakyBucket(host.requestsPerSecond, 2 * host.requestsPerSecond);
    this.pendingAcks = new PendingAcks((frame) => this.writeEvent(frame));
    this.authTimer = setTimeout(() => this.close(CLOSE_CODES.authTimeout), host.authTimeoutMs);
    socket.on('message', (data, isBinary) => this.receive(data, isBinary));
    socket.on('pong', () => (this.missedPongs = 0));
    socket.on('ping', () => this.countUnsolicitedFrame());
    socket.on('error', () => undefined); // 'close' follows
    socket.on('close', () => this.finish());
  }

  get isClosed(): boolean {
    return this.closed;
  }

  /** Whether the client reads too slowly. No events are sent then. */
  get isBackpressured(): boolean {
    return this.socket.bufferedAmount > MAX_BUFFERED_BYTES;
  }

  sendEvent(method: string, payload: object): void {
    this.pendingAcks.send(method, payload);
  }

  onClosed(listener: () => void): void {
    if (this.closed) listener();
    else this.closeListeners.push(listener);
  }

  /** Marks the session as authenticated. */
  identify(identity: SessionIdentity): void {
    clearTimeout(this.authTimer);
    this.identity = identity;
  }

  /** Pings the client, or closes the socket if the client is unresponsive or backpressured for too long. */
  heartbeat(): void {
    if (this.isPaused || this.isBackpressured) {
      this.backpressuredSince ??= Date.now();
      if (Date.now() - this.backpressuredSince > this.host.maxBackpressureMs) this.close(CLOSE_CODES.overloaded);
      return;
    }
    this.backpressuredSince = undefined;
    if (this.missedPongs >= 2) return this.close(CLOSE_CODES.goingAway);
    this.missedPongs += 1;
    this.socket.ping();
  }

  /** Terminates the connection if the client does not complete the close handshake. */
  close([code, reason]: readonly [code: number, reason: string]): void {
    if (this.closed) return;
    this.socket.close(code, reason);
    setTimeout(() => this.socket.terminate(), CLOSE_TIMEOUT_MS).unref();
    this.finish();
  }

  private finish(): void {
    if (this.closed) return;
    this.closed = true;
    clearTimeout(this.authTimer);
    this.queue.length = 0;
    this.pendingAcks.close();
    for (const listener of this.closeListeners) listener();
  }

  private receive(data: RawData, isBinary: boolean): void {
    if (this.closed) return;
    if (isBinary) return this.close(CLOSE_CODES.textOnly);
    try {
      const frame = readFrame((data as Buffer).toString('utf8'));
      if (frame.type === REQUEST) this.enqueue(frame, (data as Buffer).length);
      else if (!this.pendingAcks.acknowledge(frame.id)) this.countUnsolicitedFrame();
    } catch (error) {
      this.rejectFrame(error as InvalidFrameError);
    }
  }

  private rejectFrame({ id, errorCode, message }: InvalidFrameError): void {
    this.sendFrame(errorFrame(id, errorCode, message));
    if (!this.invalidFrames.take()) this.close(CLOSE_CODES.tooManyInvalidFrames);
  }

  private enqueue(frame: RequestFrame, bytes: number): void {
    if (!this.requests.take()) {
      this.sendFrame(errorFrame(frame.id, CONNECTOR_CODE.internal, 'Too many requests.'));
      return this.countUnsolicitedFrame();
    }
    if (this.recentIds.has(frame.id)) {
      return this.sendFrame(errorFrame(frame.id, CONNECTOR_CODE.duplicateId, 'Duplicate request id.'));
    }
    this.remember(frame.id);
    this.queue.push({ frame, bytes, deadline: Date.now() + RESPONSE_TIMEOUT_MS });
    this.queuedBytes += bytes;
    if (this.queue.length >= MAX_QUEUE || this.queuedBytes >= this.maxQueuedBytes) this.pause();
    if (!this.isProcessing) void this.processQueue();
  }

  private async processQueue(): Promise<void> {
    this.isProcessing = true;
    for (let request = this.queue.shift(); request && !this.closed; request = this.queue.shift()) {
      const { frame, bytes, deadline } = request;
      this.queuedBytes -= bytes;
      const context = { requestId: `${this.connectionId}.${frame.id}` };
      const response = await runInContext(context, () => this.handle(frame, deadline));
      if (response) this.sendFrame(boundedResponseFrame(frame.id, response));
      await this.waitForDrain();
      const hasRoom = this.queue.length < MAX_QUEUE / 4 && this.queuedBytes <= this.maxQueuedBytes / 4;
      if (this.isPaused && hasRoom) this.resume();
    }
    this.isProcessing = false;
  }

  private get maxQueuedBytes(): number {
    return this.identity ? MAX_QUEUE_BYTES : MAX_UNAUTHENTICATED_QUEUE_BYTES;
  }

  private async handle({ method, payload }: RequestFrame, deadline: number): Promise<ConnectorResponse | undefined> {
    if (method === 'auth') return this.host.authenticate(this, payload);
    const { identity } = this;
    if (!identity)
      return { errorCode: CONNECTOR_CODE.notAuthorized, errorDescription: 'The first request must be auth.' };
    // The requests before it took too long: the client has given up.
    if (Date.now() >= deadline)
      return { errorCode: CONNECTOR_CODE.timeout, errorDescription: 'Request timed out before it was processed.' };
    const call = { actor: identity.actor, connectionId: this.connectionId, session: this };
    return withDeadline(deadline, this.host.call(method, call, payload));
  }

  /** Handles requests no faster than the client reads the responses. */
  private async waitForDrain(): Promise<void> {
    while (this.isBackpressured && !this.closed) {
      this.pause();
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  private sendFrame(frame: string): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(frame);
  }

  private writeEvent(frame: string): boolean {
    if (this.closed || this.isBackpressured) return false;
    this.sendFrame(frame);
    return true;
  }

  private remember(id: number): void {
    this.recentIds.add(id);
    if (this.recentIds.size > REMEMBERED_IDS) this.recentIds.delete(this.recentIds.values().next().value!);
  }

  private countUnsolicitedFrame(): void {
    if (!this.unsolicitedFrames.take()) this.close(CLOSE_CODES.tooManyRequests);
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

function withDeadline(deadline: number, response: Promise<ConnectorResponse>): Promise<ConnectorResponse> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<ConnectorResponse>((resolve) => {
    const timedOut = {
      errorCode: CONNECTOR_CODE.timeout,
      errorDescription: 'Request timed out; it may still complete.',
    };
    timer = setTimeout(resolve, deadline - Date.now(), timedOut);
  });
  return Promise.race([response, timeout]).finally(() => clearTimeout(timer));
}
