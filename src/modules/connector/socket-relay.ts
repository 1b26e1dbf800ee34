import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { newId } from '../../core/crypto/ids.js';
import { PubSub, type PubSubMessage } from '../../core/pubsub/pubsub.js';
import type { TransportRequest } from '../deliveries/index.js';
import { SocketRegistry } from './socket-registry.js';

/**
 * The outcome of a delivery to the sessions of a bot in one process.
 *
 * - `acknowledged`, `sent`: complete
 * - `pending`: a live session has not acknowledged it yet, or cannot take it at the moment
 * - `timed_out`: live sessions have not acknowledged it for the maximum time
 * - `failed`: an internal error; no session received it
 * - `no_session`: no session is open
 */
export type SocketOutcome = 'acknowledged' | 'sent' | 'pending' | 'timed_out' | 'failed' | 'no_session';

/** `no_response`: not all processes with sessions responded. It says nothing about the sessions. */
export type RelayOutcome = SocketOutcome | 'no_response';

/** A chat log entry for all sessions of a bot. */
export interface RelayedEntry {
  botId: string;
  endpointId: string;
  chatId: string;
  seq: number;
  /** Whether the entry is a message or an event. */
  isMessage: boolean;
  /** A requested redelivery: it is sent also to sessions that have the entry. */
  isRepeat?: boolean;
  /** The entry as read by the worker. Other processes load it themselves: the bus carries only ids. */
  read?: Pick<TransportRequest, 'entry' | 'context' | 'page'>;
}

/** The sockets of this process. */
export interface LocalSockets {
  deliver(entry: RelayedEntry): Promise<SocketOutcome>;
  /** Sends the recorded notices. */
  sendNotices(): void;
}

const topicOfBot = (botId: string): string => `sockets:${botId}`;
const topicOfProcess = (processId: string): string => `socket-outcomes:${processId}`;

/** A live process confirms an entry at once. Without a confirmation, the bus or the process is down. */
const RECEIPT_TIMEOUT_MS = 2000;
const RECEIVED = 'received';

interface PendingDelivery {
  settle: (outcome: RelayOutcome) => void;
  /** Processes that have not responded yet. */
  waitingFor: Set<string>;
  /** Whether a process has confirmed the entry. */
  isReceived: boolean;
  best: Exclude<SocketOutcome, 'acknowledged' | 'sent'>;
}

/** Outcomes by precedence, lowest first. */
const PRECEDENCE: readonly SocketOutcome[] = ['no_session', 'failed', 'timed_out', 'pending'];

/**
 * Relays entries from the worker of a subscription to the processes that hold the bot's sockets, and returns the outcome. The bus
 * carries only ids; within one process it is bypassed.
 */
@Injectable()
export class SocketRelay implements OnModuleInit, OnModuleDestroy {
  private local: LocalSockets | undefined;
  private readonly deliveries = new Map<string, PendingDelivery>();
  private readonly subscriptions = new Map<string, () => void>();
  private unsubscribeOutcomes = (): void => undefined;

  constructor(
    private readonly pubsub: PubSub,
    private readonly registry: SocketRegistry,
  ) {}

  onModuleInit(): void {
    this.unsubscribeOutcomes = this.pubsub.subscribe(topicOfProcess(this.registry.processId), (message) =>
      this.receiveOutcome(message),
    );
  }

  onModuleDestroy(): void {
    this.unsubscribeOutcomes();
    for (const unsubscribe of this.subscriptions.values()) unsubscribe();
  }

  useLocalSockets(local: LocalSockets): void {
    this.local = local;
  }

  /** Subscribes this process to the bot's entries, and announces it to workers with pending deliveries. */
  subscribe(botId: string): void {
    if (!this.subscriptions.has(botId)) {
      this.subscriptions.set(
        botId,
        this.pubsub.subscribe(topicOfBot(botId), (message) => this.receive(botId, message)),
      );
    }
    this.pubsub.publish(topicOfBot(botId), { kind: 'opened', process: this.registry.processId });
  }

  unsubscribe(botId: string): void {
    this.subscriptions.get(botId)?.();
    this.subscriptions.delete(botId);
  }

  /** Notifies the processes with sockets of the bot of recorded notices. */
  notifyOfNotices(botId: string): void {
    this.pubsub.publish(topicOfBot(botId), { kind: 'notices' });
  }

  /** Delivers an entry to the bot's sessions in these processes. The first acknowledgement completes it. */
  async deliver(entry: RelayedEntry, processIds: readonly string[], timeoutMs: number): Promise<RelayOutcome> {
    const id = newId();
    return new Promise((resolve) => {
      const settle = (outcome: RelayOutcome) => {
        clearTimeout(timer);
        clearTimeout(receiptTimer);
        this.deliveries.delete(id);
        unsubscribe();
        resolve(outcome);
      };
      const delivery: PendingDelivery = { settle, waitingFor: new Set(), isReceived: false, best: 'no_session' };
      const timer = setTimeout(() => settle(delivery.best === 'pending' ? 'pending' : 'no_response'), timeoutMs);
      const receiptTimer = setTimeout(
        () => !delivery.isReceived && settle('no_response'),
        Math.min(RECEIPT_TIMEOUT_MS, timeoutMs),
      );
      this.deliveries.set(id, delivery);
      const requestFrom = (processId: string) => {
        if (delivery.waitingFor.has(processId)) return;
        delivery.waitingFor.add(processId);
        this.request(id, entry, processId);
      };
      // A bot whose process died reconnects to another one: the delivery includes it before the heartbeat of the first expires.
      const unsubscribe = this.pubsub.subscribe(topicOfBot(entry.botId), ({ kind, process }) => {
        if (kind === 'opened') requestFrom(String(process));
      });
      for (const processId of new Set(processIds)) requestFrom(processId);
    });
  }

  private request(id: string, entry: RelayedEntry, processId: string): void {
    const { endpointId, chatId, seq, botId, isMessage, isRepeat = false } = entry;
    if (processId === this.registry.processId) {
      this.recordOutcome(id, processId, RECEIVED);
      void this.deliverLocally(entry).then((outcome) => this.recordOutcome(id, processId, outcome));
      return;
    }
    const from = this.registry.processId;
    const ids = { endpointId, chatId, seq, isMessage: Number(isMessage), isRepeat: Number(isRepeat) };
    this.pubsub.publish(topicOfBot(botId), { kind: 'entry', delivery: id, from, to: processId, ...ids });
  }

  private receive(botId: string, message: PubSubMessage): void {
    const { kind, delivery, from, to } = message;
    if (kind === 'entry') {
      if (to !== this.registry.processId) return;
      const entry = {
        botId,
        endpointId: String(message.endpointId),
        chatId: String(message.chatId),
        seq: Number(message.seq),
        isMessage: Boolean(message.isMessage),
        isRepeat: Boolean(message.isRepeat),
      };
      const respond = (outcome: SocketOutcome | typeof RECEIVED) => {
        const process = this.registry.processId;
        this.pubsub.publish(topicOfProcess(String(from)), { delivery, process, outcome });
      };
      respond(RECEIVED);
      void this.deliverLocally(entry).then(respond);
    } else if (kind === 'notices') {
      this.local?.sendNotices();
    }
  }

  private receiveOutcome({ delivery, process, outcome }: PubSubMessage): void {
    this.recordOutcome(String(delivery), String(process), outcome as SocketOutcome | typeof RECEIVED);
  }

  private recordOutcome(id: string, processId: string, outcome: SocketOutcome | typeof RECEIVED): void {
    const delivery = this.deliveries.get(id);
    if (!delivery) return;
    delivery.isReceived = true;
    if (outcome === RECEIVED) return;
    if (outcome === 'acknowledged' || outcome === 'sent') return delivery.settle(outcome);
    if (PRECEDENCE.indexOf(outcome) > PRECEDENCE.indexOf(delivery.best)) delivery.best = outcome;
    delivery.waitingFor.delete(processId);
    if (delivery.waitingFor.size === 0) delivery.settle(delivery.best);
  }

  private deliverLocally(entry: RelayedEntry): Promise<SocketOutcome> {
    return this.local?.deliver(entry) ?? Promise.resolve('no_session');
  }
}
