import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Settings } from '../../../core/config/settings.js';
import type { ChatEventEntity } from '../../chats/index.js';
import { type LogEntry, type RoutingFacts, skipReason, type SkipReason } from '../routing.js';
import type { Transport, TransportRequest, TransportResult } from '../transport.js';
import { sessionOf } from './session-of-request.js';
import { SocketLink } from './socket-link.js';
import { SocketsRepository } from './sockets.repository.js';

/** A session that leaves a message unacknowledged so often is deaf: what it misses is kept for later, and the chat goes on. */
const MAX_TRIES = 5;
/** Between two looks at the sessions, when those that were there have just gone. */
const LOOK_AGAIN_MS = 50;

type Outcome = Pick<TransportResult, 'delivered' | 'errorCode' | 'skipped'>;

/**
 * Hands the entries of a chat's log to the open sockets of a bot, in whatever process they are.
 *
 *   entry ─► sessions of the bot? ─ none ─► a message is kept for `receiveUnread`; the lane goes on
 *               │
 *               ▼
 *        its processes tell all of its sessions ─► the first acknowledgement is the delivery
 *               └ none in time ─► tried again at once, by the sessions that there are then
 *
 * What a bot has said itself goes to its other sessions; that, and all that is no message, nobody has to acknowledge. What other bots
 * say it hears as what people say, as its clients expect; but no more of it than so much a minute in each chat, or two bots
 * that answer each other would never end.
 */
@Injectable()
export class ConnectorTransport implements Transport {
  constructor(
    private readonly settings: Settings,
    private readonly sockets: SocketsRepository,
    private readonly link: SocketLink,
  ) {}

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
    const { entry, attempt } = request;
    const { endpoint, chat } = request.context;
    const { botId } = endpoint;
    const isMessage = entry.message !== undefined;
    const isOwn = entry.message?.senderId === botId;
    const mustBeRead = isMessage && !isOwn;
    const origin = sessionOf((entry.message ?? entry.event).requestId);
    const deadline = Date.now() + this.settings.CONNECTOR_ACK_TIMEOUT_MS;
    let isUnanswered = false;
    while (!isUnanswered && Date.now() < deadline) {
      const sessions = await this.sockets.sessionsOf(botId);
      const listeners = sessions.filter(({ id }) => id !== origin);
      if (listeners.length === 0) {
        if (!mustBeRead) return skipped(isOwn ? 'own_message' : 'bot_absent');
        if (await this.sockets.noteMissed(endpoint.id, botId, entry.message.id, false)) return skipped('bot_absent');
        continue;
      }
      const processIds = listeners.map(({ processId }) => processId);
      const handed = { botId, endpointId: endpoint.id, chatId: chat.id, seq: entry.seq, isMessage, read: request };
      const outcome = await this.link.push(handed, processIds, deadline - Date.now());
      if (outcome === 'acknowledged' || outcome === 'told') return { delivered: true, errorCode: '' };
      if (outcome === 'unanswered') isUnanswered = true;
      else await sleep(LOOK_AGAIN_MS);
    }
    if (!mustBeRead && !isUnanswered) return skipped('bot_absent');
    // Of what nobody has to acknowledge: its way to the sessions was lost, or the process that holds them.
    if (attempt < MAX_TRIES) return { delivered: false, errorCode: 'not_acknowledged' };
    if (mustBeRead) await this.sockets.noteMissed(endpoint.id, botId, entry.message.id, true);
    return skipped('not_acknowledged');
  }
}

/** What this contract has an event for. */
const isTold = ({ type, details }: ChatEventEntity): boolean => {
  if (type === 'chat.changed') return details !== null && Object.keys(details).length > 0;
  return type !== 'member.invited' && type !== 'member.declined';
};

const skipped = (reason: SkipReason): Outcome => ({ delivered: false, errorCode: '', skipped: reason });
