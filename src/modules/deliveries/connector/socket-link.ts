import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { newId } from '../../../core/crypto/ids.js';
import { LiveBus, type LiveMessage } from '../../../core/live/live-bus.js';
import type { TransportRequest } from '../transport.js';
import { SocketPresence } from './socket-presence.js';

/**
 * What became of an entry that was handed to the sessions of a bot.
 *
 * - `acknowledged`, `told`: it is done
 * - `pending`: a live session has it, and has not acknowledged it yet; or has no room for it just now
 * - `unanswered`: live sessions have had it for as long as a message may wait
 * - `failed`: a fault of ours, so that no session has got it
 * - `over`: there was no session any more
 */
export type HandOutcome = 'acknowledged' | 'told' | 'pending' | 'unanswered' | 'failed' | 'over';

/** `silent`: not all of the processes that hold sessions have answered. It says nothing about the sessions. */
export type PushOutcome = HandOutcome | 'silent';

/** An entry of a log, to be told to all sessions of a bot. */
export interface HandedEntry {
  botId: string;
  endpointId: string;
  chatId: string;
  seq: number;
  /** A message, or something else that has happened. */
  isMessage: boolean;
  /** Somebody has asked for it once more: sent also to sessions that have it. */
  isRepeat?: boolean;
  /** What the lane has read of it already. Other processes read it themselves: only ids travel. */
  read?: Pick<TransportRequest, 'entry' | 'context' | 'page'>;
}

/** Whoever holds the sockets of this process. */
export interface SocketHolder {
  hand(entry: HandedEntry): Promise<HandOutcome>;
  /** Something was noted for its sessions. */
  look(): void;
}

const topicOfBot = (botId: string): string => `sockets:${botId}`;
const topicOfProcess = (processId: string): string => `socket-answers:${processId}`;

/** A process that lives says at once that it has received an entry. Without that, the bus or the process is away. */
const SILENCE_MS = 2000;
const RECEIVED = 'received';

interface Push {
  settle: (outcome: PushOutcome) => void;
  /** The processes that have not answered yet. */
  waitingFor: Set<string>;
  /** One of them has received the entry. */
  isReceived: boolean;
  best: Exclude<HandOutcome, 'acknowledged' | 'told'>;
}

const RANK: readonly HandOutcome[] = ['over', 'failed', 'unanswered', 'pending'];

/**
 * Carries entries from the worker of a lane to the process that holds the bot's sockets, and the outcome back. Only ids travel;
 * within one process nothing does.
 */
@Injectable()
export class SocketLink implements OnModuleInit, OnModuleDestroy {
  private holder: SocketHolder | undefined;
  private readonly pushes = new Map<string, Push>();
  private readonly listening = new Map<string, () => void>();
  private unsubscribe = (): void => undefined;

  constructor(
    private readonly live: LiveBus,
    private readonly presence: SocketPresence,
  ) {}

  onModuleInit(): void {
    this.unsubscribe = this.live.subscribe(topicOfProcess(this.presence.processId), (answer) =>
      this.hearAnswer(answer),
    );
  }

  onModuleDestroy(): void {
    this.unsubscribe();
    for (const end of this.listening.values()) end();
  }

  holdBy(holder: SocketHolder): void {
    this.holder = holder;
  }

  /** From now on this process hears what is to be told to the bot, until `ignore`. Those who wait for it are told that it is there. */
  listen(botId: string): void {
    if (!this.listening.has(botId)) {
      this.listening.set(
        botId,
        this.live.subscribe(topicOfBot(botId), (message) => this.hear(botId, message)),
      );
    }
    this.live.publish(topicOfBot(botId), { kind: 'arrived', process: this.presence.processId });
  }

  ignore(botId: string): void {
    this.listening.get(botId)?.();
    this.listening.delete(botId);
  }

  /** Lets the processes that hold sockets of the bot know that something was noted for them. */
  ring(botId: string): void {
    this.live.publish(topicOfBot(botId), { kind: 'noted' });
  }

  /** Hands an entry to the bot's sessions in these processes. The first acknowledgement counts. */
  async push(entry: HandedEntry, processIds: readonly string[], timeoutMs: number): Promise<PushOutcome> {
    const id = newId();
    return new Promise((resolve) => {
      const settle = (outcome: PushOutcome) => {
        clearTimeout(timer);
        clearTimeout(silence);
        this.pushes.delete(id);
        endArrivals();
        resolve(outcome);
      };
      const push: Push = { settle, waitingFor: new Set(), isReceived: false, best: 'over' };
      const timer = setTimeout(() => settle(push.best === 'pending' ? 'pending' : 'silent'), timeoutMs);
      const silence = setTimeout(() => !push.isReceived && settle('silent'), Math.min(SILENCE_MS, timeoutMs));
      this.pushes.set(id, push);
      const ask = (processId: string) => {
        if (push.waitingFor.has(processId)) return;
        push.waitingFor.add(processId);
        this.ask(id, entry, processId);
      };
      // A bot that has lost its process comes back by another: no need to wait until the first is known to be dead.
      const endArrivals = this.live.subscribe(topicOfBot(entry.botId), ({ kind, process }) => {
        if (kind === 'arrived') ask(String(process));
      });
      for (const processId of new Set(processIds)) ask(processId);
    });
  }

  private ask(id: string, entry: HandedEntry, processId: string): void {
    const { endpointId, chatId, seq, botId, isMessage, isRepeat = false } = entry;
    if (processId === this.presence.processId) {
      this.note(id, processId, RECEIVED);
      void this.hand(entry).then((outcome) => this.note(id, processId, outcome));
      return;
    }
    const from = this.presence.processId;
    const ids = { endpointId, chatId, seq, isMessage: Number(isMessage), isRepeat: Number(isRepeat) };
    this.live.publish(topicOfBot(botId), { kind: 'entry', push: id, from, to: processId, ...ids });
  }

  private hear(botId: string, message: LiveMessage): void {
    const { kind, push, from, to } = message;
    if (kind === 'entry') {
      if (to !== this.presence.processId) return;
      const entry = {
        botId,
        endpointId: String(message.endpointId),
        chatId: String(message.chatId),
        seq: Number(message.seq),
        isMessage: Boolean(message.isMessage),
        isRepeat: Boolean(message.isRepeat),
      };
      const answer = (outcome: HandOutcome | typeof RECEIVED) => {
        const process = this.presence.processId;
        this.live.publish(topicOfProcess(String(from)), { push, process, outcome });
      };
      answer(RECEIVED);
      void this.hand(entry).then(answer);
    } else if (kind === 'noted') {
      this.holder?.look();
    }
  }

  private hearAnswer({ push, process, outcome }: LiveMessage): void {
    this.note(String(push), String(process), outcome as HandOutcome | typeof RECEIVED);
  }

  private note(id: string, processId: string, outcome: HandOutcome | typeof RECEIVED): void {
    const push = this.pushes.get(id);
    if (!push) return;
    push.isReceived = true;
    if (outcome === RECEIVED) return;
    if (outcome === 'acknowledged' || outcome === 'told') return push.settle(outcome);
    if (RANK.indexOf(outcome) > RANK.indexOf(push.best)) push.best = outcome;
    push.waitingFor.delete(processId);
    if (push.waitingFor.size === 0) push.settle(push.best);
  }

  private hand(entry: HandedEntry): Promise<HandOutcome> {
    return this.holder?.hand(entry) ?? Promise.resolve('over');
  }
}
