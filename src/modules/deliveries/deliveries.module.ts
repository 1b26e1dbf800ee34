import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { BotsModule } from '../bots/index.js';
import { ChatsModule } from '../chats/index.js';
import { MessagesModule } from '../messages/index.js';
import { AttemptEntity, DeliveryEntity, RedeliveryEntity } from './delivery.entity.js';
import { BacklogRepository } from './backlog.repository.js';
import { DeliveryRemovalsRepository } from './delivery-removals.repository.js';
import { DeliveryRemover } from './delivery-remover.js';
import { DeliveryWakeups } from './delivery-wakeups.js';
import { DueEndpointsRepository } from './due-endpoints.repository.js';
import { RetriesRepository } from './retries.repository.js';
import { SubscriptionProvisioner } from './subscription-provisioner.js';
import { SubscriptionEntity } from './subscription.entity.js';
import { DeliveryEventEntity, EndpointHealthEntity } from './endpoint-health.entity.js';
import { EndpointHealthRepository } from './endpoint-health.repository.js';
import { RemovedEndpointEntity, InvariantWalkEntity } from './housekeeping/housekeeping.entity.js';
import {
  EndpointRecordsRegistry,
  RemovedEndpointsRepository,
  RetentionRepository,
} from './housekeeping/housekeeping.repository.js';
import { DeliveryInspector } from './inspection/delivery-inspector.js';
import { EndpointControl, EndpointTester } from './inspection/endpoint-control.js';
import { InspectionRepository } from './inspection/inspection.repository.js';
import { RedeliveriesRepository } from './inspection/redeliveries.repository.js';
import { RedeliveryService } from './inspection/redelivery.service.js';
import { InvariantsRepository } from './housekeeping/invariants.repository.js';
import { SubscriptionLeases } from './subscription-leases.js';
import { SubscriptionsRepository } from './subscriptions.repository.js';
import { WaitingSubscriptions } from './waiting-subscriptions.js';
import { WebhookClient } from './webhook-client.js';

/** Loaded by every process: creates subscriptions and publishes wake-ups. `worker/` serves the subscriptions. */
@Module({
  imports: [
    BotsModule,
    ChatsModule,
    MessagesModule,
    TypeOrmModule.forFeature([
      SubscriptionEntity,
      DeliveryEntity,
      AttemptEntity,
      EndpointHealthEntity,
      DeliveryEventEntity,
      RedeliveryEntity,
      RemovedEndpointEntity,
      InvariantWalkEntity,
    ]),
  ],
  providers: [
    SubscriptionsRepository,
    BacklogRepository,
    SubscriptionLeases,
    EndpointHealthRepository,
    SubscriptionProvisioner,
    DeliveryWakeups,
    DueEndpointsRepository,
    RetriesRepository,
    DeliveryRemover,
    DeliveryRemovalsRepository,
    RedeliveriesRepository,
    RetentionRepository,
    RemovedEndpointsRepository,
    EndpointRecordsRegistry,
    WaitingSubscriptions,
    InvariantsRepository,
    InspectionRepository,
    DeliveryInspector,
    EndpointControl,
    RedeliveryService,
    WebhookClient,
    EndpointTester,
  ],
  exports: [
    SubscriptionsRepository,
    BacklogRepository,
    SubscriptionLeases,
    EndpointHealthRepository,
    DeliveryWakeups,
    DueEndpointsRepository,
    RetriesRepository,
    RedeliveriesRepository,
    RetentionRepository,
    RemovedEndpointsRepository,
    EndpointRecordsRegistry,
    WaitingSubscriptions,
    InvariantsRepository,
    DeliveryInspector,
    EndpointControl,
    RedeliveryService,
    WebhookClient,
    EndpointTester,
  ],
})
export class DeliveriesModule {}
