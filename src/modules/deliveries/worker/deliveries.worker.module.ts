import { type DynamicModule, Module } from '@nestjs/common';
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
} from './body-renderer.js';
import { CallbackTransport } from './callback-transport.js';
import { ChatBellProcessor } from './chat-bell.processor.js';
import { ChatWaker } from './chat-waker.js';
import { DeliveryMetrics } from './delivery-metrics.js';
import { EventReader } from './event-reader.js';
import { LaneBellProcessor } from './lane-bell.processor.js';
import { LaneContextReader } from './lane-context.reader.js';
import { LaneRunner, TRANSPORTS } from './lane-runner.js';
import { Sweeper } from './sweeper.js';

/** Serves the lanes. Loaded by the worker role only. */
@Module({})
export class DeliveriesWorkerModule {
  /** @param formats what renders the body of each format; given by the composition root, since the faces are not known here */
  static forRoot(formats: BodyFormats, membershipFormats: MembershipFormats = {}): DynamicModule {
    return {
      module: DeliveriesWorkerModule,
      imports: [DeliveriesModule, UsersModule, BotsModule, ChatsModule, FilesModule, MessagesModule],
      providers: [
        { provide: BODY_FORMATS, useValue: formats },
        { provide: MEMBERSHIP_FORMATS, useValue: membershipFormats },
        {
          provide: TRANSPORTS,
          useFactory: (callback: CallbackTransport) => ({ callback }),
          inject: [CallbackTransport],
        },
        CallbackTransport,
        DeliveryMetrics,
        BodyRenderer,
        LaneContextReader,
        EventReader,
        LaneRunner,
        ChatWaker,
        ChatBellProcessor,
        LaneBellProcessor,
        Sweeper,
      ],
    };
  }
}
