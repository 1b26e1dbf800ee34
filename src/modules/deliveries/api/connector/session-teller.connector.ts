import { Injectable, Logger } from '@nestjs/common';
import { Settings } from '../../../../core/config/settings.js';
import { isOutage } from '../../../../core/database/outage.js';
import type { ConnectorSession } from '../../../../protocols/connector/connector-session.js';
import { ConnectorSessions } from '../../../../protocols/connector/connector-sessions.js';
import type { Acknowledgement } from '../../../../protocols/connector/outbox.js';
import type { MessageEntity } from '../../../messages/index.js';
import type { HandedEntry, HandOutcome } from '../../connector/socket-link.js';
import { WaitingSubscriptions } from '../../connector/waiting-subscriptions.js';
import { Acknowledgements } from './acknowledgements.connector.js';
import { ChatIntroducer } from './chat-introducer.connector.js';
import { EntryTranslator } from './entry-translator.connector.js';
import { SentEntries, type SentEntry } from './sent-entries.js';
import type { ToldEntry } from './told-event.js';

/** Messages that one session may leave unacknowledged; more are not sent before it acknowledges some. */
const MAX_UNACKNOWLEDGED = 256;
/** Of the time that the worker waits: the answer must reach it in time. */
const WAIT_SHARE = 0.8;

/** A message, and which sessions have it. Kept until its acknowledgement, so without what else was read with it. */
interface Outgoing {
  handed: Omit<HandedEntry, 'read'>;
  message: MessageEntity;
  sent: SentEntry;
}

/** What became of a page of missed messages at one session. */
export interface ReplayProgress {
  acknowledged: number;
  /** Messages that the session has, and has not acknowledged yet. */
  pending: number;
}

/**
 * Sends the sessions of this process what is handed in for their bots. A message goes to all sessions but the one that has sent
 * it, once to each; the first that acknowledges it has read it for the bot.
 *
 *   handed in ─► sessions that do not have it yet are sent it ─► acknowledged in time: the answer
 *      └ they all have it: the answer at once            └ not in time: `pending`; when the acknowledgement comes, or the session
 *                                                           ends, the subscription is made due, and asks again
 */
@Injectable()
export class SessionTeller {
  private readonly logger = new Logger(SessionTeller.name);
  private readonly sent = new SentEntries();

  constructor(
    private readonly sessions: ConnectorSessions,
    private readonly translator: EntryTranslator,
    private readonly introducer: ChatIntroducer,
    private readonly acknowledgements: Acknowledgements,
    private readonly waiting: WaitingSubscriptions,
    private readonly settings: Settings,
  ) {}

  /** What fails here says nothing about the sessions. */
  async hand(handed: HandedEntry): Promise<HandOutcome> {
    try {
      return await this.tellAll(handed);
    } catch (error) {
      this.logger.error(`Entry ${handed.seq} of ${handed.chatId} could not be told: ${(error as Error).message}`);
      return isOutage(error) ? 'pending' : 'failed';
    }
  }

  /** Sends one session messages that the bot has missed, in this order, and waits a while for their acknowledgements. */
  async tellMissed(session: ConnectorSession, missed: readonly HandedEntry[]): Promise<ReplayProgress> {
    const { connectionId } = session;
    const told = await Promise.all(missed.map((entry) => this.translator.translate(entry)));
    const outgoing: Outgoing[] = [];
    const known: Outgoing[] = [];
    for (const [index, entry] of told.entries()) {
      const each = this.toOutgoing(missed[index], entry);
      if (!each) continue;
      outgoing.push(each);
      if (each.sent.isAcknowledged) known.push(each);
      else this.offer(session, each, entry, true);
    }
    // Acknowledged before, and not written down then.
    await Promise.all(known.map((each) => this.acknowledgements.note({ ...each.handed, message: each.message })));
    const isSettled = ({ sent }: Outgoing) => sent.stateAt(connectionId) !== 'sent';
    await Promise.all(
      outgoing.map((each) => each.sent.settled(() => isSettled(each), this.settings.CONNECTOR_ACK_TIMEOUT_MS)),
    );
    const acknowledged = outgoing.filter(({ sent }) => sent.isAcknowledged).length;
    return { acknowledged, pending: outgoing.filter((each) => !each.sent.isAcknowledged && !isSettled(each)).length };
  }

  private async tellAll(handed: HandedEntry): Promise<HandOutcome> {
    const told = await this.translator.translate(handed);
    const listeners = () =>
      [...this.sessions.of(handed.botId)].filter(({ connectionId }) => connectionId !== told.origin);
    const outgoing = this.toOutgoing(handed, told);
    if (!outgoing) {
      if (listeners().length === 0) return 'over';
      this.sendOnce(handed, told, listeners());
      return 'told';
    }
    // The first words in a chat of two may come before the hint that there is such a chat.
    if (handed.seq === 1) await this.introducer.introduce(handed.botId, handed.chatId, listeners());
    const { sent } = outgoing;
    let isNew = false;
    for (const session of listeners()) isNew = this.offer(session, outgoing, told, false) || isNew;
    const outcome = () => sent.outcomeAt(listeners().map(({ connectionId }) => connectionId));
    const waitMs = this.settings.CONNECTOR_ACK_TIMEOUT_MS * WAIT_SHARE;
    if (isNew) await sent.settled(() => outcome() !== 'pending', waitMs);
    return outcome();
  }

  /** @returns undefined for what nobody has to acknowledge */
  private toOutgoing(handed: HandedEntry, told: ToldEntry): Outgoing | undefined {
    const { toRead: message, id } = told;
    if (!message) return undefined;
    const { read, ...ids } = handed;
    void read;
    return { handed: ids, message, sent: this.sent.of(handed, id) };
  }

  /** @returns whether the session is sent it now, as it has not been sent it before */
  private offer(session: ConnectorSession, outgoing: Outgoing, told: ToldEntry, pastGate: boolean): boolean {
    const { connectionId, outbox } = session;
    const { sent } = outgoing;
    if (sent.isAcknowledged || sent.has(connectionId) || outbox.unacknowledged >= MAX_UNACKNOWLEDGED) return false;
    sent.noteSent(connectionId);
    void this.ask(session, told, pastGate).then((outcome) => this.conclude(connectionId, outgoing, outcome));
    return true;
  }

  /** What comes when no worker waits for it any more is news for the subscription. */
  private async conclude(sessionId: string, outgoing: Outgoing, outcome: Acknowledgement): Promise<void> {
    const { handed, sent } = outgoing;
    if (outcome === 'acknowledged' && !(await this.acknowledge(outgoing))) return;
    const isLate = !sent.isWatched && !sent.isAcknowledged;
    if (outcome === 'acknowledged') sent.noteAcknowledged();
    else if (outcome === 'unanswered') sent.noteUnanswered(sessionId);
    else sent.forget(sessionId);
    if (isLate && outcome !== 'unsent') this.waiting.wake(handed);
  }

  /** The first acknowledgement counts. @returns whether it is the first */
  private async acknowledge({ handed, message, sent }: Outgoing): Promise<boolean> {
    if (!sent.beginAcknowledgement()) return false;
    await this.acknowledgements
      .note({ ...handed, message })
      .catch((error: Error) => this.logger.warn(`An acknowledgement is not written down: ${error.message}`));
    return true;
  }

  private async ask({ outbox }: ConnectorSession, { events }: ToldEntry, pastGate: boolean): Promise<Acknowledgement> {
    const limitMs = this.settings.CONNECTOR_ACK_LIMIT_MS;
    const outcomes = await Promise.all(
      events.map(({ method, payload }) =>
        pastGate ? outbox.askNow(method, payload, limitMs) : outbox.ask(method, payload, limitMs),
      ),
    );
    return outcomes.find((outcome) => outcome !== 'acknowledged') ?? 'acknowledged';
  }

  private sendOnce(handed: HandedEntry, told: ToldEntry, sessions: readonly ConnectorSession[]): void {
    const sent = this.sent.of(handed, told.id);
    for (const session of sessions) {
      if (sent.has(session.connectionId)) continue;
      sent.noteSent(session.connectionId);
      this.send(session, told);
    }
  }

  private send(session: ConnectorSession, { events, systemEvents }: ToldEntry): void {
    const all = session.identity?.receivesSystemMessages ? [...events, ...systemEvents] : events;
    for (const { method, payload } of all) session.tell(method, payload);
  }
}
