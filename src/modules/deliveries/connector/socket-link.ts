import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { newId } from '../../../core/crypto/ids.js';
import { LiveBus, type LiveMessage } from '../../../core/live/live-bus.js';
import type { TransportRequest } from '../transport.js';
import { SocketPresence } from './socket-presence.js';

/**
 * What became of an entry that was handed to the sessions of a bot.
 *
 * - `acknowledged`, `told`: it is done
 * - `unanswered`: no acknowledgement in time
 * - `over`: there was no session any more
 */
export type HandOutcome = 'acknowledged' | 'told' | 'unanswered' | 'over';

/** An entry of a log, to be told to all sessions of a bot. */
export interface HandedEntry {
  botId: string;
  endpointId: string;
  chatId: string;
  seq: number;
  /** A message, or something else that has happened. */
  isMessage: boolean;
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

interface Push {
  settle: (outcome: HandOutcome) => void;
  /** The processes that have not answered yet. */
  waitingFor: Set<string>;
  worst: HandOutcome;
}

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
  async push(entry: HandedEntry, processIds: readonly string[], timeoutMs: number): Promise<HandOutcome> {
    const id = newId();
    return new Promise((resolve) => {
      const settle = (outcome: HandOutcome) => {
        clearTimeout(timer);
        this.pushes.delete(id);
        endArrivals();
        resolve(outcome);
      };
      const timer = setTimeout(settle, timeoutMs, 'unanswered');
      const push: Push = { settle, waitingFor: new Set(), worst: 'over' };
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
    const { endpointId, chatId, seq, botId, isMessage } = entry;
    if (processId === this.presence.processId) {
      void this.hand(entry).then((outcome) => this.note(id, processId, outcome));
      return;
    }
    const from = this.presence.processId;
    const ids = { endpointId, chatId, seq, isMessage: Number(isMessage) };
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
      };
      void this.hand(entry).then((outcome) => {
        const process = this.presence.processId;
        this.live.publish(topicOfProcess(String(from)), { push, process, outcome });
      });
    } else if (kind === 'noted') {
      this.holder?.look();
    }
  }

  private hearAnswer({ push, process, outcome }: LiveMessage): void {
    this.note(String(push), String(process), outcome as HandOutcome);
  }

  private note(id: string, processId: string, outcome: HandOutcome): void {
    const push = this.pushes.get(id);
    if (!push) return;
    if (outcome === 'acknowledged' || outcome === 'told') return push.settle(outcome);
    if (outcome === 'unanswered') push.worst = outcome;
    push.waitingFor.delete(processId);
    if (push.waitingFor.size === 0) push.settle(push.worst);
  }

  private hand(entry: HandedEntry): Promise<HandOutcome> {
    return this.holder?.hand(entry) ?? Promise.resolve('over');
  }
}
