import { Module } from '@nestjs/common';
import { ConnectorProtocolModule } from '../../../../protocols/connector/connector-protocol.module.js';
import { AuthModule } from '../../../auth/index.js';
import { BotsModule } from '../../../bots/index.js';
import { ChatsModule } from '../../../chats/index.js';
import { DeliveriesModule } from '../../../deliveries/index.js';
import { FilesModule } from '../../../files/index.js';
import { MessagesModule } from '../../../messages/index.js';
import { ConnectorModule } from '../../connector.module.js';
import { AcknowledgementRecorder, SessionEventSender } from './events/session-event-sender.js';
import { ChatAnnouncer } from './events/chat-announcer.js';
import { ConnectorEventMapper, LogEntryLoader } from './events/connector-event-mapper.js';
import { MissedMessagesReplay, SessionInitializer } from './events/session-initializer.js';
import { SocketNoticeSender } from './events/socket-notice-sender.js';
import { UploadLimitsNotifier } from './events/upload-limits-notifier.js';
import { ConnectorAuth, SessionValidator } from './gateway/connector-auth.js';
import { ConnectorGateway } from './gateway/connector-gateway.js';
import { ConnectorSessions } from './gateway/connector-sessions.js';

const GATEWAY = [ConnectorGateway, ConnectorAuth, ConnectorSessions, SessionValidator];

const EVENTS = [
  LogEntryLoader,
  ConnectorEventMapper,
  ChatAnnouncer,
  AcknowledgementRecorder,
  SessionEventSender,
  MissedMessagesReplay,
  SocketNoticeSender,
  SessionInitializer,
  UploadLimitsNotifier,
];

/** The socket of the connector: `gateway/` accepts and authenticates sessions, `events/` sends them the bot's events. */
@Module({
  imports: [
    ConnectorProtocolModule,
    ConnectorModule,
    AuthModule,
    BotsModule,
    ChatsModule,
    MessagesModule,
    FilesModule,
    DeliveriesModule,
  ],
  providers: [...GATEWAY, ...EVENTS],
})
export class ConnectorGatewayModule {}
