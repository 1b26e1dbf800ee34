import type { AttemptEntity } from '../../delivery.entity.js';
import { deliveryCursorInvalid } from '../../delivery.errors.js';
import type { DeliveryEventEntity } from '../../endpoint-health.entity.js';
import type { EndpointState, MessageTrace } from '../../inspection/delivery-inspector.js';
import type {
  DeliveryCursor,
  DeliveryFilter,
  FoundDelivery,
  TracedSubscription,
} from '../../inspection/inspection.repository.js';
import type {
  ClientAttemptDto,
  ClientDeliveryDto,
  ClientDeliveryEventDto,
  ClientDeliveryPageDto,
  ClientListDeliveriesDto,
  ClientMessageTraceDto,
  ClientRedeliveredDto,
  ClientTracedSubscriptionDto,
} from './deliveries.client.dto.js';
import type { RedeliverAll } from '../../inspection/redelivery.service.js';
import type { TestCallResult } from '../../inspection/endpoint-control.js';
import type { ClientEndpointStateDto, ClientRedeliverAllDto, ClientTestCallDto } from './endpoints.client.dto.js';

const timeOf = (date: Date | null | undefined): number | null => date?.getTime() ?? null;
const dateOf = (milliseconds: number | undefined): Date | undefined =>
  milliseconds === undefined ? undefined : new Date(milliseconds);

export const toDeliveryFilter = (query: ClientListDeliveriesDto): DeliveryFilter => ({
  botId: query.botId,
  endpointId: query.endpointId,
  status: query.status,
  since: dateOf(query.since),
  until: dateOf(query.until),
  after: query.after === undefined ? undefined : readCursor(query.after),
  limit: query.limit,
});

export function toDeliveryPage(found: readonly FoundDelivery[], limit: number): ClientDeliveryPageDto {
  const last = found.length === limit ? found.at(-1) : undefined;
  return { deliveries: found.map(toDelivery), next: last ? writeCursor(last) : null };
}

const toDelivery = (found: FoundDelivery): ClientDeliveryDto => ({
  endpointId: found.endpointId,
  botId: found.botId,
  chatId: found.chatId,
  seq: found.seq,
  eventId: found.eventId,
  status: found.status,
  reason: found.reason,
  attempts: found.attempts,
  createdAt: found.createdAt.getTime(),
  doneAt: timeOf(found.doneAt),
});

const writeCursor = ({ createdAtExact, endpointId, chatId, seq }: FoundDelivery): string =>
  Buffer.from(JSON.stringify([createdAtExact, endpointId, chatId, seq])).toString('base64url');

function readCursor(text: string): DeliveryCursor {
  try {
    const [createdAt, endpointId, chatId, seq] = JSON.parse(Buffer.from(text, 'base64url').toString()) as unknown[];
    const isValid =
      /^\d{4,6}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?[+-]\d\d(:\d\d)?$/.test(String(createdAt)) && Number.isSafeInteger(seq);
    if (isValid)
      return { createdAt: String(createdAt), endpointId: String(endpointId), chatId: String(chatId), seq: Number(seq) };
  } catch {
    // falls through to the error
  }
  throw deliveryCursorInvalid();
}

export const toRedeliverAll = ({ what, since, dryRun }: ClientRedeliverAllDto): RedeliverAll => ({
  scope: what,
  since: new Date(since),
  dryRun,
});

export const toRedelivered = (count: number, dryRun = false): ClientRedeliveredDto => ({ count, dryRun });

export const toMessageTrace = ({ message, subscriptions, attempts, replies }: MessageTrace): ClientMessageTraceDto => ({
  messageId: message.id,
  chatId: message.chatId,
  seq: message.seq,
  senderId: message.senderId ?? '',
  storedAt: message.createdAt.getTime(),
  subscriptions: subscriptions.map((subscription) => toTracedSubscription(subscription, message.seq, attempts)),
  answers: replies.map(({ id, senderId, createdAt }) => ({ id, senderId, timestamp: createdAt.getTime() })),
});

const toTracedSubscription = (
  subscription: TracedSubscription,
  seq: number,
  attempts: readonly AttemptEntity[],
): ClientTracedSubscriptionDto => ({
  endpointId: subscription.endpointId,
  botId: subscription.botId,
  transport: subscription.transport,
  format: subscription.format,
  status: subscription.status ?? 'waiting',
  reason: subscription.reason ?? '',
  nextTryAt: subscription.cursorSeq < seq ? timeOf(subscription.dueAt) : null,
  attempts: attempts.filter(({ endpointId }) => endpointId === subscription.endpointId).map(toAttempt),
});

const toAttempt = (attempt: AttemptEntity): ClientAttemptDto => ({
  number: attempt.number,
  at: attempt.at.getTime(),
  httpStatus: attempt.httpStatus,
  errorCode: attempt.errorCode,
  durationMs: attempt.durationMs,
  trigger: attempt.trigger,
  responseHead: attempt.responseHead,
  requestId: attempt.requestId,
});

export const toEndpointState = ({ endpoint, health, counts }: EndpointState): ClientEndpointStateDto => ({
  id: endpoint.id,
  botId: endpoint.botId,
  transport: endpoint.transport,
  format: endpoint.format,
  url: endpoint.url,
  state: health.state,
  isPaused: health.isPaused,
  blockedUntil: timeOf(health.blockedUntil),
  failingSince: timeOf(health.failingSince),
  failures: health.failStreak,
  lastSuccessAt: timeOf(health.lastSuccessAt),
  lastFailureAt: timeOf(health.lastFailureAt),
  lastError: health.lastError,
  disabledReason: health.disabledReason,
  subscriptions: counts.subscriptions,
  subscriptionsDue: counts.due,
  oldestDueAt: timeOf(counts.oldestDueAt),
  pending: counts.pending,
});

export const toTestCall = (result: TestCallResult): ClientTestCallDto => ({
  delivered: result.delivered,
  httpStatus: result.httpStatus,
  errorCode: result.errorCode,
  durationMs: result.durationMs,
  responseHead: result.responseHead,
});

export const toDeliveryEvent = (event: DeliveryEventEntity): ClientDeliveryEventDto => ({
  id: event.id,
  at: event.at.getTime(),
  type: event.type,
  endpointId: event.endpointId,
  botId: event.botId,
  details: event.details,
});
