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

/** Maximum of unacknowledged messages per session. */
const MAX_UNACKNOWLEDGED = 256;
/** Share of the worker's timeout, so that the outcome arrives before it expires. */
const WAIT_SHARE = 0.8;

/** A message and the sessions that have it. Kept until the acknowledgement, so without the loaded entry. */
interface OutboundMessage {
  relayed: Omit<HandedEntry, 'read'>;
  message: MessageEntity;
  sent: SentEntry;
}

/** The outcome of a page of missed messages at one session. */
export interface ReplayProgress {
  acknowledged: number;
  /** Messages that were sent to the session and are unacknowledged. */
  pending: number;
}

/**
 * Sends chat log entries to the sessions of this process. A message goes once to each session except the one that sent it. The
 * first acknowledgement marks it as read by the bot.
 *
 *   entry ─► sent to sessions that do not have it ─► acknowledged in time: the outcome
 *      └ all have it: the outcome at once         └ not in time: `pending`. A later acknowledgement or the end of the session makes
 *                                                   the subscription due, and the entry is delivered again
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

  /** Errors here are internal and say nothing about the sessions. */
  async hand(relayed: HandedEntry): Promise<HandOutcome> {
    try {
      return await this.send(relayed);
    } catch (error) {
      this.logger.error(
        `Entry ${relayed.seq} of chat ${relayed.chatId} could not be sent: ${(error as Error).message}`,
      );
      return isOutage(error) ? 'pending' : 'failed';
    }
  }

  /** Sends missed messages to one session, in this order, and waits for their acknowledgements for a limited time. */
  async tellMissed(session: ConnectorSession, missed: readonly HandedEntry[]): Promise<ReplayProgress> {
    const { connectionId } = session;
    const entries = await Promise.all(missed.map((entry) => this.translator.translate(entry)));
    const outgoing: OutboundMessage[] = [];
    const acknowledgedBefore: OutboundMessage[] = [];
    for (const [index, entry] of entries.entries()) {
      const each = this.toOutgoing(missed[index], entry);
      if (!each) continue;
      outgoing.push(each);
      if (each.sent.isAcknowledged) acknowledgedBefore.push(each);
      else this.offer(session, each, entry, true);
    }
    // Acknowledged before, but the record is missing.
    await Promise.all(
      acknowledgedBefore.map((each) => this.acknowledgements.note({ ...each.relayed, message: each.message })),
    );
    const isSettled = ({ sent }: OutboundMessage) => sent.stateAt(connectionId) !== 'sent';
    await Promise.all(
      outgoing.map((each) => each.sent.settled(() => isSettled(each), this.settings.CONNECTOR_ACK_TIMEOUT_MS)),
    );
    const acknowledged = outgoing.filter(({ sent }) => sent.isAcknowledged).length;
    return { acknowledged, pending: outgoing.filter((each) => !each.sent.isAcknowledged && !isSettled(each)).length };
  }

  private async send(relayed: HandedEntry): Promise<HandOutcome> {
    const outbound = await this.translator.translate(relayed);
    const recipients = () =>
      [...this.sessions.of(relayed.botId)].filter(({ connectionId }) => connectionId !== outbound.origin);
    const outgoing = this.toOutgoing(relayed, outbound);
    if (!outgoing) {
      if (recipients().length === 0) return 'no_session';
      this.sendOnce(relayed, outbound, recipients());
      return 'sent';
    }
    // The first message of a personal chat can precede the notice of the chat.
    if (relayed.seq === 1) await this.introducer.introduce(relayed.botId, relayed.chatId, recipients());
    const { sent } = outgoing;
    let isNew = false;
    for (const session of recipients()) isNew = this.offer(session, outgoing, outbound, false) || isNew;
    const outcome = () => sent.outcomeAt(recipients().map(({ connectionId }) => connectionId));
    const waitMs = this.settings.CONNECTOR_ACK_TIMEOUT_MS * WAIT_SHARE;
    if (isNew) await sent.settled(() => outcome() !== 'pending', waitMs);
    return outcome();
  }

  /** @returns undefined for entries that need no acknowledgement */
  private toOutgoing(relayed: HandedEntry, outbound: ToldEntry): OutboundMessage | undefined {
    const { toRead: message, id } = outbound;
    if (!message) return undefined;
    const { read, ...ids } = relayed;
    void read;
    return { relayed: ids, message, sent: this.sent.of(relayed, id) };
  }

  /** Sends the message unless the session has it. @returns whether it was sent */
  private offer(
    session: ConnectorSession,
    outgoing: OutboundMessage,
    outbound: ToldEntry,
    immediately: boolean,
  ): boolean {
    const { connectionId, outbox } = session;
    const { sent } = outgoing;
    if (sent.isAcknowledged || sent.has(connectionId) || outbox.unacknowledged >= MAX_UNACKNOWLEDGED) return false;
    sent.noteSent(connectionId);
    void this.sendWithAck(session, outbound, immediately).then((outcome) =>
      this.conclude(connectionId, outgoing, outcome),
    );
    return true;
  }

  /** Makes the subscription due if the outcome arrives after the worker stopped waiting. */
  private async conclude(sessionId: string, outgoing: OutboundMessage, outcome: Acknowledgement): Promise<void> {
    const { relayed, sent } = outgoing;
    if (outcome === 'acknowledged' && !(await this.acknowledge(outgoing))) return;
    const isLate = !sent.isWatched && !sent.isAcknowledged;
    if (outcome === 'acknowledged') sent.noteAcknowledged();
    else if (outcome === 'timed_out') sent.noteUnanswered(sessionId);
    else sent.forget(sessionId);
    if (isLate && outcome !== 'not_sent') this.waiting.wake(relayed);
  }

  /** @returns whether it is the first acknowledgement */
  private async acknowledge({ relayed, message, sent }: OutboundMessage): Promise<boolean> {
    if (!sent.beginAcknowledgement()) return false;
    await this.acknowledgements
      .note({ ...relayed, message })
      .catch((error: Error) => this.logger.warn(`Acknowledgement could not be recorded: ${error.message}`));
    return true;
  }

  private async sendWithAck(
    { outbox }: ConnectorSession,
    { events }: ToldEntry,
    immediately: boolean,
  ): Promise<Acknowledgement> {
    const limitMs = this.settings.CONNECTOR_ACK_LIMIT_MS;
    const outcomes = await Promise.all(
      events.map(({ method, payload }) =>
        immediately ? outbox.askNow(method, payload, limitMs) : outbox.ask(method, payload, limitMs),
      ),
    );
    return outcomes.find((outcome) => outcome !== 'acknowledged') ?? 'acknowledged';
  }

  private sendOnce(relayed: HandedEntry, outbound: ToldEntry, sessions: readonly ConnectorSession[]): void {
    const sent = this.sent.of(relayed, outbound.id);
    for (const session of sessions) {
      if (sent.has(session.connectionId)) continue;
      sent.noteSent(session.connectionId);
      this.sendUntracked(session, outbound);
    }
  }

  private sendUntracked(session: ConnectorSession, { events, systemEvents }: ToldEntry): void {
    const all = session.identity?.receivesSystemMessages ? [...events, ...systemEvents] : events;
    for (const { method, payload } of all) session.tell(method, payload);
  }
}
