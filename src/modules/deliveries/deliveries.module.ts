import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { BotsModule } from '../bots/index.js';
import { ChatsModule } from '../chats/index.js';
import { MessagesModule } from '../messages/index.js';
import { AttemptEntity } from './attempt.entity.js';
import { BacklogRepository } from './backlog.repository.js';
import { BodyEraser } from './body-eraser.js';
import { ChatCardsService } from './connector/chat-cards.service.js';
import { MissedMessageEntity } from './connector/missed-message.entity.js';
import { MissedMessagesService } from './connector/missed-messages.service.js';
import { SocketLink } from './connector/socket-link.js';
import { SocketPresence } from './connector/socket-presence.js';
import { SocketProcessEntity, SocketSessionEntity } from './connector/socket-session.entity.js';
import { SocketNoticeEntity } from './connector/socket-notice.entity.js';
import { SocketNotices } from './connector/socket-notices.js';
import { SocketNoticesRepository } from './connector/socket-notices.repository.js';
import { SocketsRepository } from './connector/sockets.repository.js';
import { WaitingSubscriptions } from './connector/waiting-subscriptions.js';
import { DeliveryRemovalsRepository } from './delivery-removals.repository.js';
import { DeliveryRemover } from './delivery-remover.js';
import { DeliveryEntity } from './delivery.entity.js';
import { DeliveryWakeups } from './delivery-wakeups.js';
import { DueEndpointsRepository } from './due-endpoints.repository.js';
import { RetriesRepository } from './retries.repository.js';
import { LaneOpener } from './lane-opener.js';
import { LaneEntity } from './lane.entity.js';
import { DeliveryEventEntity } from './delivery-event.entity.js';
import { EndpointHealthEntity } from './endpoint-health.entity.js';
import { EndpointHealthRepository } from './endpoint-health.repository.js';
import { RemovedEndpointEntity } from './housekeeping/removed-endpoint.entity.js';
import { RemovedEndpointsRepository } from './housekeeping/removed-endpoints.repository.js';
import { RetentionRepository } from './housekeeping/retention.repository.js';
import { DeliveryInspector } from './inspection/delivery-inspector.js';
import { EndpointControl } from './inspection/endpoint-control.js';
import { InspectionRepository } from './inspection/inspection.repository.js';
import { RedeliveriesRepository } from './inspection/redeliveries.repository.js';
import { Redelivery } from './inspection/redelivery.js';
import { RedeliveryEntity } from './inspection/redelivery.entity.js';
import { TestCaller } from './inspection/test-caller.js';
import { InvariantWalkEntity } from './invariants/invariant-walk.entity.js';
import { InvariantsRepository } from './invariants/invariants.repository.js';
import { LaneLeases } from './lane-leases.js';
import { LanesRepository } from './lanes.repository.js';
import { SignedCaller } from './signed-caller.js';

const SOCKETS = [
  SocketsRepository,
  SocketPresence,
  SocketLink,
  SocketNoticesRepository,
  SocketNotices,
  MissedMessagesService,
  ChatCardsService,
  WaitingSubscriptions,
];

/** Loaded by every process: creates subscriptions and publishes wake-ups. `worker/` serves the subscriptions. */
@Module({
  imports: [
    BotsModule,
    ChatsModule,
    MessagesModule,
    TypeOrmModule.forFeature([
      LaneEntity,
      DeliveryEntity,
      AttemptEntity,
      EndpointHealthEntity,
      DeliveryEventEntity,
      RedeliveryEntity,
      RemovedEndpointEntity,
      InvariantWalkEntity,
      SocketProcessEntity,
      SocketSessionEntity,
      SocketNoticeEntity,
      MissedMessageEntity,
    ]),
  ],
  providers: [
    LanesRepository,
    BacklogRepository,
    LaneLeases,
    EndpointHealthRepository,
    LaneOpener,
    BodyEraser,
    DeliveryWakeups,
    DueEndpointsRepository,
    RetriesRepository,
    DeliveryRemover,
    DeliveryRemovalsRepository,
    RedeliveriesRepository,
    RetentionRepository,
    RemovedEndpointsRepository,
    InvariantsRepository,
    InspectionRepository,
    DeliveryInspector,
    EndpointControl,
    Redelivery,
    SignedCaller,
    TestCaller,
    ...SOCKETS,
  ],
  exports: [
    LanesRepository,
    BacklogRepository,
    LaneLeases,
    EndpointHealthRepository,
    DeliveryWakeups,
    DueEndpointsRepository,
    RetriesRepository,
    RedeliveriesRepository,
    RetentionRepository,
    RemovedEndpointsRepository,
    InvariantsRepository,
    DeliveryInspector,
    EndpointControl,
    Redelivery,
    SignedCaller,
    TestCaller,
    ...SOCKETS,
  ],
})
export class DeliveriesModule {}
