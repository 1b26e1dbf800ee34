export { AttemptEntity } from './delivery.entity.js';
export { DeliveriesModule } from './deliveries.module.js';
export { DeliverySettings } from './deliveries.settings.js';
export { DELIVERY_QUEUES } from './delivery.queues.js';
export { DeliveryEntity, type DeliveryStatus } from './delivery.entity.js';
export { SubscriptionEntity } from './subscription.entity.js';
export { type LogEntry, type RoutingFacts, skipReason, type SkipReason } from './routing.js';
export { networkErrorCode } from './webhook-client.js';
export { standardHeaders } from './signatures.js';
export type {
  DeliveryContext,
  LogPage,
  Transport as DeliveryTransport,
  TransportRequest,
  TransportResult,
} from './transport.js';
export { DeliveryWakeups } from './delivery-wakeups.js';
export type { SubscriptionKey } from './subscriptions.repository.js';
export { type EndpointRecords, EndpointRecordsRegistry } from './housekeeping/housekeeping.repository.js';
export { WaitingSubscriptions } from './waiting-subscriptions.js';
