import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Counter } from 'prom-client';
import { Metrics } from '../../../core/health/metrics.js';
import { Settings } from '../../../core/config/settings.js';
import type { ChatEventEntity } from '../../chats/index.js';
import { type LogEntry, type RoutingFacts, skipReason, type SkipReason } from '../routing.js';
import type { Transport, TransportRequest, TransportResult } from '../transport.js';
import { sessionOf } from './session-of-request.js';
import { SocketLink } from './socket-link.js';
import { SocketsRepository } from './sockets.repository.js';

/** Tries during which sessions came and went without an acknowledgement: then the message is missed, and the chat goes on. */
const MAX_TRIES = 5;
/** Between two looks at an entry whose outcome is not known yet: a quarter of its age. An acknowledgement makes it due at once. */
const MIN_WAIT_MS = 1000;
const MAX_WAIT_MS = 10_000;
/** Between two looks at the sessions, when those that were there have just gone. */
const LOOK_AGAIN_MS = 50;

type Outcome = Pick<TransportResult, 'delivered' | 'errorCode' | 'skipped' | 'waitMs'>;

/**
 * Hands the entries of a chat's log to the open sockets of a bot, in whatever process they are.
 *
 *   entry ─► sessions of the bot? ─ none ─► a message is kept for `receiveUnread`; the lane goes on
 *               │
 *               ▼
 *        its processes tell all of its sessions ─► the first acknowledgement is the delivery
 *               ├ a live session has it ─► the lane waits without a worker, until the acknowledgement or the session's end
 *               ├ had it for too long ─► kept for `receiveUnread`; the lane goes on
 *               ├ all sessions have ended ─► again, by the sessions that there are then
 *               └ a process is silent ─► its hint or its answer was lost: the lane waits, and nothing is counted
 *
 * A process sends an entry once to each session, however often it is asked. That a bot has no session is read in the database, where
 * processes say that they live; silence of the bus never decides.
 *
 * What a bot has said itself goes to its other sessions; that, and all that is no message, nobody has to acknowledge. What other bots
 * say it hears as what people say, as its clients expect; but no more of it than so much a minute in each chat, or two bots
 * that answer each other would never end.
 */
@Injectable()
export class ConnectorTransport implements Transport {
  private readonly missed: Counter<'reason'>;

  constructor(
    private readonly settings: Settings,
    private readonly sockets: SocketsRepository,
    private readonly link: SocketLink,
    { registry }: Metrics,
  ) {
    this.missed = new Counter({
      name: 'parley_connector_missed_messages_total',
      help: 'Messages to socket bots that are kept until a session asks for them, by reason.',
      labelNames: ['reason'] as const,
      registers: [registry],
    });
  }

  skipReason(entry: LogEntry, facts: RoutingFacts): SkipReason | undefined {
    if (entry.event) return this.skipEvent(entry.event, facts);
    const hearsBots = this.settings.CONNECTOR_BOT_MESSAGES_PER_MINUTE > 0;
    const reason = skipReason(entry, hearsBots ? { ...facts, sender: undefined } : facts);
    return reason === 'own_message' && !facts.bot.isDisabled ? undefined : reason;
  }

  async deliver(request: TransportRequest): Promise<TransportResult> {
    const startedAt = performance.now();
    const outcome = (await this.isTooMuch(request)) ? skipped('bot_message') : await this.hand(request);
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
    if (!isTold(event)) return 'not_a_message';
    const isOwnLeaving = event.type === 'member.left' && event.subjectId === bot.id;
    if (isOwnLeaving) return undefined;
    return isMember ? undefined : 'not_member';
  }

  /** Whether other bots have sent more messages to this chat, in the minute before, than the bot may hear. */
  private async isTooMuch({ entry: { message }, context, page }: TransportRequest): Promise<boolean> {
    const sender = page.users.get(message?.senderId ?? '');
    const { botId } = context.endpoint;
    if (!message || sender?.kind !== 'bot' || sender.id === botId) return false;
    const limit = this.settings.CONNECTOR_BOT_MESSAGES_PER_MINUTE;
    return (await this.sockets.countBotMessages(message.chatId, botId, message.createdAt, limit + 1)) > limit;
  }

  private async hand(request: TransportRequest): Promise<Outcome> {
    const { entry, trigger } = request;
    const { endpoint, chat } = request.context;
    const { botId } = endpoint;
    const isMessage = entry.message !== undefined;
    const isOwn = entry.message?.senderId === botId;
    const mustBeRead = isMessage && !isOwn;
    const isRepeat = trigger === 'manual';
    const origin = sessionOf((entry.message ?? entry.event).requestId);
    const deadline = Date.now() + this.settings.CONNECTOR_ACK_TIMEOUT_MS;
    while (Date.now() < deadline) {
      const sessions = await this.sockets.sessionsOf(botId);
      const listeners = sessions.filter(({ id }) => id !== origin);
      if (listeners.length === 0) {
        if (!mustBeRead) return skipped(isOwn ? 'own_message' : 'bot_absent');
        if (await this.noteMissed(request, false)) return skipped('bot_absent');
        continue;
      }
      const processIds = listeners.map(({ processId }) => processId);
      const ids = { botId, endpointId: endpoint.id, chatId: chat.id, seq: entry.seq };
      const handed = { ...ids, isMessage, isRepeat, read: request };
      const outcome = await this.link.push(handed, processIds, deadline - Date.now());
      if (outcome === 'acknowledged' || outcome === 'told') return { delivered: true, errorCode: '' };
      if (outcome !== 'over' && isRepeat) return NOT_ACKNOWLEDGED;
      if (outcome === 'pending' || outcome === 'silent') return waiting(entry);
      if (outcome === 'unanswered') return this.giveUp(request);
      if (outcome === 'failed') return this.tryAgain(request, mustBeRead);
      await sleep(LOOK_AGAIN_MS);
    }
    return mustBeRead ? this.tryAgain(request, mustBeRead) : skipped('bot_absent');
  }

  private async tryAgain(request: TransportRequest, mustBeRead: boolean): Promise<Outcome> {
    if (request.attempt < MAX_TRIES) return NOT_ACKNOWLEDGED;
    return mustBeRead ? this.giveUp(request) : skipped('not_acknowledged');
  }

  /** The message is kept for `receiveUnread`, although the bot has sessions. */
  private async giveUp(request: TransportRequest): Promise<Outcome> {
    await this.noteMissed(request, true);
    return skipped('not_acknowledged');
  }

  private async noteMissed({ entry, context: { endpoint } }: TransportRequest, anyhow: boolean): Promise<boolean> {
    const isNoted = await this.sockets.noteMissed(endpoint.id, endpoint.botId, entry.message!.id, anyhow);
    if (isNoted) this.missed.inc({ reason: anyhow ? 'not_acknowledged' : 'bot_absent' });
    return isNoted;
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

/** What this contract has an event for. */
const isTold = ({ type, details }: ChatEventEntity): boolean => {
  if (type === 'chat.changed') return details !== null && Object.keys(details).length > 0;
  return type !== 'member.invited' && type !== 'member.declined';
};

const skipped = (reason: SkipReason): Outcome => ({ delivered: false, errorCode: '', skipped: reason });
