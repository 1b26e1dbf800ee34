export { AttemptEntity } from './attempt.entity.js';
export { DeliveriesModule } from './deliveries.module.js';
export { DELIVERY_QUEUES } from './delivery.queues.js';
export { DeliveryEntity, type DeliveryStatus } from './delivery.entity.js';
export { LaneEntity } from './lane.entity.js';
export { skipReason } from './routing.js';
