import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { BotsModule } from '../../bots/index.js';
import { ChatsModule } from '../../chats/index.js';
import { FilesModule } from '../../files/index.js';
import { MessagesModule } from '../../messages/index.js';
import { UsersModule } from '../../users/index.js';
import { DeliveriesModule } from '../deliveries.module.js';
import {
  BODY_FORMATS,
  type BodyFormats,
  BodyRenderer,
  MEMBERSHIP_FORMATS,
  type MembershipFormats,
  CallbackTransport,
} from './callback-transport.js';
import { RetryPolicy } from './retry-policy.js';
import { BotUnavailableNotices, OutageNotices } from './outage-notices.js';
import { BacklogLimiter } from './backlog-limiter.js';
import { CircuitBreaker, EndpointStats } from './circuit-breaker.js';
import { ChatDispatcher } from './chat-dispatcher.js';
import { ChatWakeupProcessor, DeliveryWakeupProcessor } from './wakeup.processors.js';
import { DeliveryAdmission } from './delivery-admission.js';
import { DeliveryMetrics } from './delivery-metrics.js';
import { DeliveryScheduler, SchedulerMetrics } from './delivery-scheduler.js';
import { EndpointProfiles, EventReader, DeliveryContextLoader } from './event-reader.js';
import { EntryDeliverer, TRANSPORTS } from './entry-deliverer.js';
import { HousekeepingProcessor, RemovedEndpointsCleaner } from './housekeeping.js';
import { InvariantChecker } from './invariant-checker.js';
import { SubscriptionRunner } from './subscription-runner.js';
import { Sweeper, Watchdog } from './sweeper.js';
import type { Transport } from '../transport.js';

/** Parts from the composition root: the body formats of the protocols, and the transports of other modules. */
export interface DeliveriesWorkerOptions {
  bodyFormats: BodyFormats;
  membershipFormats?: MembershipFormats;
  transports?: TransportOptions;
}

export interface TransportOptions {
  /** The modules that export the transports. */
  imports: Type[];
  /** The transports by name. */
  classes: Readonly<Record<string, Type<Transport>>>;
}

/** Serves the subscriptions. Loaded by the worker role only. */
@Module({})
export class DeliveriesWorkerModule {
  static forRoot({
    bodyFormats,
    membershipFormats = {},
    transports = { imports: [], classes: {} },
  }: DeliveriesWorkerOptions): DynamicModule {
    const names = ['callback', ...Object.keys(transports.classes)];
    return {
      module: DeliveriesWorkerModule,
      imports: [
        DeliveriesModule,
        UsersModule,
        BotsModule,
        ChatsModule,
        FilesModule,
        MessagesModule,
        ...transports.imports,
      ],
      providers: [
        { provide: BODY_FORMATS, useValue: bodyFormats },
        { provide: MEMBERSHIP_FORMATS, useValue: membershipFormats },
        {
          provide: TRANSPORTS,
          useFactory: (...found: Transport[]) => Object.fromEntries(names.map((name, index) => [name, found[index]])),
          inject: [CallbackTransport, ...Object.values(transports.classes)],
        },
        CallbackTransport,
        DeliveryMetrics,
        BodyRenderer,
        EndpointProfiles,
        EndpointStats,
        CircuitBreaker,
        RetryPolicy,
        BotUnavailableNotices,
        DeliveryContextLoader,
        EventReader,
        EntryDeliverer,
        OutageNotices,
        DeliveryAdmission,
        SubscriptionRunner,
        DeliveryScheduler,
        SchedulerMetrics,
        ChatDispatcher,
        ChatWakeupProcessor,
        DeliveryWakeupProcessor,
        Sweeper,
        BacklogLimiter,
        HousekeepingProcessor,
        RemovedEndpointsCleaner,
        InvariantChecker,
        Watchdog,
      ],
    };
  }
}
