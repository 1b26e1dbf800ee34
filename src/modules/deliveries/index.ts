export { AttemptEntity } from './attempt.entity.js';
export { DeliveriesModule } from './deliveries.module.js';
export { DELIVERY_QUEUES } from './delivery.queues.js';
export { DeliveryEntity, type DeliveryStatus } from './delivery.entity.js';
export { LaneEntity } from './lane.entity.js';
export { type LogEntry, type RoutingFacts, skipReason, type SkipReason } from './routing.js';
export type {
  LaneContext,
  LogPage,
  Transport as DeliveryTransport,
  TransportRequest,
  TransportResult,
} from './transport.js';
