import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Module } from '@nestjs/common';
import { Counter } from 'prom-client';
import { Metrics } from '../../../core/health/metrics.js';
import { ConnectorSettings } from '../connector.settings.js';
import type { ChatEventEntity } from '../../chats/index.js';
import {
  DeliverySettings,
  type DeliveryTransport,
  type LogEntry,
  type RoutingFacts,
  skipReason,
  type SkipReason,
  type TransportRequest,
  type TransportResult,
} from '../../deliveries/index.js';
import { sessionIdOf } from '../socket-registry.js';
import { SocketRelay } from '../socket-relay.js';
import { MissedMessagesRepository } from '../missed-messages.repository.js';
import { SocketsRepository } from '../sockets.repository.js';
import { ConnectorModule } from '../connector.module.js';

/** Attempts without a lasting session. After them the message is recorded as missed, and the subscription proceeds. */
const MAX_ATTEMPTS = 5;
/** Bounds of the wait between two checks of a pending entry: a quarter of its age. An acknowledgement makes it due at once. */
const MIN_WAIT_MS = 1000;
const MAX_WAIT_MS = 10_000;
/** Delay before the sessions are read again after all of them closed. */
const RECHECK_MS = 50;

type Outcome = Pick<TransportResult, 'delivered' | 'errorCode' | 'skipped' | 'waitMs'>;

/**
 * Delivers chat log entries to the open sockets of a bot, in all processes.
 *
 *   entry ─► sessions of the bot? ─ none ─► a message is recorded as missed; the subscription proceeds
 *               │
 *               ▼
 *        their processes send it to all sessions ─► the first acknowledgement completes the delivery
 *               ├ a live session has it ─► the subscription waits, without a worker, for the acknowledgement or the session's end
 *               ├ unacknowledged for too long ─► recorded as missed; the subscription proceeds
 *               ├ all sessions closed ─► retried with the sessions open then
 *               └ a process does not respond ─► a bus message was lost: the subscription waits, and no attempt is counted
 *
 * A process sends an entry once to each session, however often a worker delivers it. The absence of sessions is read from the
 * database, where processes record heartbeats; it is never inferred from a missing response.
 *
 * A bot's own messages go to its other sessions. They, and all entries that are not messages, need no acknowledgement. Messages of
 * other bots are delivered like those of people, up to a limit per minute and chat, so that two bots that reply to each other stop.
 */
@Injectable()
export class ConnectorTransport implements DeliveryTransport {
  private readonly missedCount: Counter<'reason'>;

  constructor(
    private readonly settings: ConnectorSettings,
    private readonly deliverySettings: DeliverySettings,
    private readonly sockets: SocketsRepository,
    private readonly missedMessages: MissedMessagesRepository,
    private readonly socketRelay: SocketRelay,
    { registry }: Metrics,
  ) {
    this.missedCount = new Counter({
      name: 'parley_connector_missed_messages_total',
      help: 'Messages to socket bots that were recorded as missed, by reason.',
      labelNames: ['reason'] as const,
      registers: [registry],
    });
  }

  skipReason(entry: LogEntry, facts: RoutingFacts): SkipReason | undefined {
    if (entry.event) return this.skipEvent(entry.event, facts);
    const receivesBotMessages = this.settings.CONNECTOR_BOT_MESSAGES_PER_MINUTE > 0;
    const reason = skipReason(entry, receivesBotMessages ? { ...facts, sender: undefined } : facts);
    return reason === 'own_message' && !facts.bot.isDisabled ? undefined : reason;
  }

  async deliver(request: TransportRequest): Promise<TransportResult> {
    const startedAt = performance.now();
    const outcome = (await this.exceedsBotMessageLimit(request)) ? skipped('bot_message') : await this.relay(request);
    return {
      httpStatus: null,
      timedOut: false,
      retryInMs: 0,
      responseHead: '',
      body: null,
      ...outcome,
      durationMs: Math.round(performance.now() - startedAt),
    };
  }

  private skipEvent(event: ChatEventEntity, { bot, isMember }: RoutingFacts): SkipReason | undefined {
    if (bot.isDisabled) return 'bot_disabled';
    if (!hasConnectorEvent(event)) return 'not_a_message';
    const isOwnLeaving = event.type === 'member.left' && event.subjectId === bot.id;
    if (isOwnLeaving) return undefined;
    return isMember ? undefined : 'not_member';
  }

  /** Whether other bots sent more messages to this chat in the preceding minute than the limit allows. */
  private async exceedsBotMessageLimit({ entry: { message }, context, page }: TransportRequest): Promise<boolean> {
    const sender = page.users.get(message?.senderId ?? '');
    const { botId } = context.endpoint;
    if (!message || sender?.kind !== 'bot' || sender.id === botId) return false;
    const limit = this.settings.CONNECTOR_BOT_MESSAGES_PER_MINUTE;
    return (await this.sockets.countBotMessages(message.chatId, botId, message.createdAt, limit + 1)) > limit;
  }

  private async relay(request: TransportRequest): Promise<Outcome> {
    const { entry, trigger } = request;
    const { endpoint, chat } = request.context;
    const { botId } = endpoint;
    const isMessage = entry.message !== undefined;
    const isOwn = entry.message?.senderId === botId;
    const needsAck = isMessage && !isOwn;
    const isRepeat = trigger === 'manual';
    const origin = sessionIdOf((entry.message ?? entry.event).requestId);
    const deadline = Date.now() + this.deliverySettings.CONNECTOR_ACK_TIMEOUT_MS;
    while (Date.now() < deadline) {
      const sessions = await this.sockets.sessionsOf(botId);
      const recipients = sessions.filter(({ id }) => id !== origin);
      if (recipients.length === 0) {
        if (!needsAck) return skipped(isOwn ? 'own_message' : 'bot_absent');
        if (await this.recordMissed(request, false)) return skipped('bot_absent');
        continue;
      }
      const processIds = recipients.map(({ processId }) => processId);
      const ids = { botId, endpointId: endpoint.id, chatId: chat.id, seq: entry.seq };
      const relayed = { ...ids, isMessage, isRepeat, read: request };
      const outcome = await this.socketRelay.deliver(relayed, processIds, deadline - Date.now());
      if (outcome === 'acknowledged' || outcome === 'sent') return { delivered: true, errorCode: '' };
      if (outcome !== 'no_session' && isRepeat) return NOT_ACKNOWLEDGED;
      if (outcome === 'pending' || outcome === 'no_response') return waiting(entry);
      if (outcome === 'timed_out') return this.giveUp(request);
      if (outcome === 'failed') return this.retry(request, needsAck);
      await sleep(RECHECK_MS);
    }
    return needsAck ? this.retry(request, needsAck) : skipped('bot_absent');
  }

  private async retry(request: TransportRequest, needsAck: boolean): Promise<Outcome> {
    if (request.attempt < MAX_ATTEMPTS) return NOT_ACKNOWLEDGED;
    return needsAck ? this.giveUp(request) : skipped('not_acknowledged');
  }

  /** Records the message as missed although the bot has sessions. */
  private async giveUp(request: TransportRequest): Promise<Outcome> {
    await this.recordMissed(request, true);
    return skipped('not_acknowledged');
  }

  private async recordMissed({ entry, context: { endpoint } }: TransportRequest, force: boolean): Promise<boolean> {
    const isRecorded = await this.missedMessages.record(endpoint.id, endpoint.botId, entry.message!.id, force);
    if (isRecorded) this.missedCount.inc({ reason: force ? 'not_acknowledged' : 'bot_absent' });
    return isRecorded;
  }
}

const NOT_ACKNOWLEDGED: Outcome = { delivered: false, errorCode: 'not_acknowledged' };

function waiting(entry: LogEntry): Outcome {
  const ageMs = Date.now() - (entry.message ?? entry.event).createdAt.getTime();
  return {
    delivered: false,
    errorCode: '',
    waitMs: Math.min(MAX_WAIT_MS, Math.max(MIN_WAIT_MS, Math.round(ageMs / 4))),
  };
}

/** Whether the contract has an event for this entry. */
const hasConnectorEvent = ({ type, details }: ChatEventEntity): boolean => {
  if (type === 'chat.changed') return details !== null && Object.keys(details).length > 0;
  return type !== 'member.invited' && type !== 'member.declined';
};

const skipped = (reason: SkipReason): Outcome => ({ delivered: false, errorCode: '', skipped: reason });

@Module({ imports: [ConnectorModule], providers: [ConnectorTransport], exports: [ConnectorTransport] })
export class ConnectorWorkerModule {}
