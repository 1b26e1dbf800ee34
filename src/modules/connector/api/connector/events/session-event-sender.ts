import { Injectable, Logger } from '@nestjs/common';
import { GroupCommit } from '../../../../../core/database/group-commit.js';
import { type MessageEntity, PresenceService } from '../../../../messages/index.js';
import { MissedMessagesService } from '../../../missed-messages.service.js';
import { DeliverySettings } from '../../../../deliveries/index.js';
import { isOutage } from '../../../../../core/database/outage.js';
import type { ConnectorSession } from '../gateway/connector-session.js';
import { ConnectorSessions } from '../gateway/connector-sessions.js';
import type { Acknowledgement } from '../gateway/pending-acks.js';
import type { RelayedEntry, SocketOutcome } from '../../../socket-relay.js';
import { WaitingSubscriptions } from '../../../../deliveries/index.js';
import { ChatAnnouncer } from './chat-announcer.js';
import { ConnectorEventMapper } from './connector-event-mapper.js';
import { SentEntries, type SentEntry } from './sent-entries.js';
import type { OutboundEntry } from './events.connector.mapper.js';

/** A message that a session of the bot acknowledged. */
interface AcknowledgedMessage {
  botId: string;
  endpointId: string;
  message: MessageEntity;
}

/** One batch at a time, so that batches never wait for each other's rows. */
const GROUPS = { maxItems: 128, maxInFlight: 1 };

/** Records acknowledged messages as read by the bot and notifies their senders. Concurrent calls are written in one batch. */
@Injectable()
export class AcknowledgementRecorder {
  private readonly group = new GroupCommit<AcknowledgedMessage, void>(async (items) => {
    await Promise.all([
      this.missed.acknowledge(items.map(({ endpointId, message }) => ({ endpointId, messageId: message.id }))),
      this.presence.recordReadPositions(items.map(({ botId, message }) => ({ userId: botId, message }))),
    ]);
    return items.map(() => ({ value: undefined }));
  }, GROUPS);

  constructor(
    private readonly missed: MissedMessagesService,
    private readonly presence: PresenceService,
  ) {}

  record(acknowledged: AcknowledgedMessage): Promise<void> {
    return this.group.write(acknowledged);
  }
}

/** Maximum of unacknowledged messages per session. */
const MAX_UNACKNOWLEDGED = 256;
/** Share of the worker's timeout, so that the outcome arrives before it expires. */
const WAIT_SHARE = 0.8;

/** A message and the sessions that have it. Kept until the acknowledgement, so without the loaded entry. */
interface OutboundMessage {
  relayed: Omit<RelayedEntry, 'read'>;
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
export class SessionEventSender {
  private readonly logger = new Logger(SessionEventSender.name);
  private readonly sent = new SentEntries();

  constructor(
    private readonly sessions: ConnectorSessions,
    private readonly mapper: ConnectorEventMapper,
    private readonly announcer: ChatAnnouncer,
    private readonly acknowledgements: AcknowledgementRecorder,
    private readonly waiting: WaitingSubscriptions,
    private readonly settings: DeliverySettings,
  ) {}

  /** Errors here are internal and say nothing about the sessions. */
  async deliver(relayed: RelayedEntry): Promise<SocketOutcome> {
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
  async sendMissed(session: ConnectorSession, missed: readonly RelayedEntry[]): Promise<ReplayProgress> {
    const { connectionId } = session;
    const entries = await Promise.all(missed.map((entry) => this.mapper.map(entry)));
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
      acknowledgedBefore.map((each) => this.acknowledgements.record({ ...each.relayed, message: each.message })),
    );
    const isSettled = ({ sent }: OutboundMessage) => sent.stateOf(connectionId) !== 'sent';
    await Promise.all(
      outgoing.map((each) => each.sent.waitUntil(() => isSettled(each), this.settings.CONNECTOR_ACK_TIMEOUT_MS)),
    );
    const acknowledged = outgoing.filter(({ sent }) => sent.isAcknowledged).length;
    return { acknowledged, pending: outgoing.filter((each) => !each.sent.isAcknowledged && !isSettled(each)).length };
  }

  private async send(relayed: RelayedEntry): Promise<SocketOutcome> {
    const outbound = await this.mapper.map(relayed);
    const recipients = () =>
      [...this.sessions.ofBot(relayed.botId)].filter(({ connectionId }) => connectionId !== outbound.origin);
    const outgoing = this.toOutgoing(relayed, outbound);
    if (!outgoing) {
      if (recipients().length === 0) return 'no_session';
      this.sendOnce(relayed, outbound, recipients());
      return 'sent';
    }
    // The first message of a personal chat can precede the notice of the chat.
    if (relayed.seq === 1) await this.announcer.announce(relayed.botId, relayed.chatId, recipients());
    const { sent } = outgoing;
    let isNew = false;
    for (const session of recipients()) isNew = this.offer(session, outgoing, outbound, false) || isNew;
    const outcome = () => sent.outcomeFor(recipients().map(({ connectionId }) => connectionId));
    const waitMs = this.settings.CONNECTOR_ACK_TIMEOUT_MS * WAIT_SHARE;
    if (isNew) await sent.waitUntil(() => outcome() !== 'pending', waitMs);
    return outcome();
  }

  /** @returns undefined for entries that need no acknowledgement */
  private toOutgoing(relayed: RelayedEntry, outbound: OutboundEntry): OutboundMessage | undefined {
    const { messageToAcknowledge: message, id } = outbound;
    if (!message) return undefined;
    const { read, ...ids } = relayed;
    void read;
    return { relayed: ids, message, sent: this.sent.getOrCreate(relayed, id) };
  }

  /** Sends the message unless the session has it. @returns whether it was sent */
  private offer(
    session: ConnectorSession,
    outgoing: OutboundMessage,
    outbound: OutboundEntry,
    immediately: boolean,
  ): boolean {
    const { connectionId, pendingAcks } = session;
    const { sent } = outgoing;
    if (sent.isAcknowledged || sent.has(connectionId) || pendingAcks.count >= MAX_UNACKNOWLEDGED) return false;
    sent.markSent(connectionId);
    void this.sendWithAck(session, outbound, immediately).then((outcome) =>
      this.conclude(connectionId, outgoing, outcome),
    );
    return true;
  }

  /** Makes the subscription due if the outcome arrives after the worker stopped waiting. */
  private async conclude(sessionId: string, outgoing: OutboundMessage, outcome: Acknowledgement): Promise<void> {
    const { relayed, sent } = outgoing;
    if (outcome === 'acknowledged' && !(await this.acknowledge(outgoing))) return;
    const isLate = !sent.hasWaiters && !sent.isAcknowledged;
    if (outcome === 'acknowledged') sent.markAcknowledged();
    else if (outcome === 'timed_out') sent.markTimedOut(sessionId);
    else sent.remove(sessionId);
    if (isLate && outcome !== 'not_sent') this.waiting.makeDue(relayed);
  }

  /** @returns whether it is the first acknowledgement */
  private async acknowledge({ relayed, message, sent }: OutboundMessage): Promise<boolean> {
    if (!sent.beginAcknowledgement()) return false;
    await this.acknowledgements
      .record({ ...relayed, message })
      .catch((error: Error) => this.logger.warn(`Acknowledgement could not be recorded: ${error.message}`));
    return true;
  }

  private async sendWithAck(
    { pendingAcks }: ConnectorSession,
    { events }: OutboundEntry,
    immediately: boolean,
  ): Promise<Acknowledgement> {
    const limitMs = this.settings.CONNECTOR_ACK_LIMIT_MS;
    const outcomes = await Promise.all(
      events.map(({ method, payload }) =>
        immediately
          ? pendingAcks.sendWithAckImmediately(method, payload, limitMs)
          : pendingAcks.sendWithAck(method, payload, limitMs),
      ),
    );
    return outcomes.find((outcome) => outcome !== 'acknowledged') ?? 'acknowledged';
  }

  private sendOnce(relayed: RelayedEntry, outbound: OutboundEntry, sessions: readonly ConnectorSession[]): void {
    const sent = this.sent.getOrCreate(relayed, outbound.id);
    for (const session of sessions) {
      if (sent.has(session.connectionId)) continue;
      sent.markSent(session.connectionId);
      this.sendUntracked(session, outbound);
    }
  }

  private sendUntracked(session: ConnectorSession, { events, systemEvents }: OutboundEntry): void {
    const all = session.identity?.receivesSystemMessages ? [...events, ...systemEvents] : events;
    for (const { method, payload } of all) session.sendEvent(method, payload);
  }
}
