export { AttemptEntity } from './attempt.entity.js';
export { DeliveriesModule } from './deliveries.module.js';
export { DELIVERY_QUEUES } from './delivery.queues.js';
export { DeliveryEntity, type DeliveryStatus } from './delivery.entity.js';
export { LaneEntity } from './lane.entity.js';
export { type LogEntry, type RoutingFacts, skipReason, type SkipReason } from './routing.js';
export { type ChatCard, ChatCardsService } from './connector/chat-cards.service.js';
export { ConnectorTransport } from './connector/connector-transport.js';
export { ConnectorTransportModule } from './connector/connector-transport.module.js';
export { MissedMessageEntity } from './connector/missed-message.entity.js';
export { MissedMessagesService } from './connector/missed-messages.service.js';
export { SocketProcessEntity, SocketSessionEntity } from './connector/socket-session.entity.js';
export { failureWord } from './failure-words.js';
export { standardHeaders } from './signatures.js';
export type {
  LaneContext,
  LogPage,
  Transport as DeliveryTransport,
  TransportRequest,
  TransportResult,
} from './transport.js';
