import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ChatsModule } from '../chats/index.js';
import { DeliveriesModule } from '../deliveries/index.js';
import { MessagesModule } from '../messages/index.js';
import { ChatOverviewsService } from './chat-overviews.service.js';
import { MissedMessageEntity } from './missed-message.entity.js';
import { MissedMessagesRepository } from './missed-messages.repository.js';
import { MissedMessagesService } from './missed-messages.service.js';
import { SocketNoticeEntity, SocketProcessEntity, SocketSessionEntity } from './socket-session.entity.js';
import { SocketNotices } from './socket-notices.js';
import { SocketNoticesRepository } from './socket-notices.repository.js';
import { SocketRegistry } from './socket-registry.js';
import { SocketRelay } from './socket-relay.js';
import { SocketsRepository } from './sockets.repository.js';

const PROVIDERS = [
  SocketsRepository,
  SocketRegistry,
  SocketRelay,
  SocketNoticesRepository,
  SocketNotices,
  MissedMessagesRepository,
  MissedMessagesService,
  ChatOverviewsService,
];

/** The part of the connector that every process has. The gateway is in `api/`, the transport in `worker/`. */
@Module({
  imports: [
    ChatsModule,
    MessagesModule,
    DeliveriesModule,
    TypeOrmModule.forFeature([SocketProcessEntity, SocketSessionEntity, SocketNoticeEntity, MissedMessageEntity]),
  ],
  providers: PROVIDERS,
  exports: PROVIDERS,
})
export class ConnectorModule {}
