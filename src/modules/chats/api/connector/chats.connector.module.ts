import { Module } from '@nestjs/common';
import { ConnectorKitModule } from '../../../../protocols/connector/connector-kit.module.js';
import { DeliveriesModule } from '../../../deliveries/index.js';
import { FilesModule } from '../../../files/index.js';
import { ChatsModule } from '../../chats.module.js';
import { ConnectorAvatars } from './avatars.connector.js';
import { ChatsConnectorHandlers } from './chats.connector.handlers.js';
import { ParticipantsConnectorHandlers } from './participants.connector.handlers.js';

@Module({
  imports: [ConnectorKitModule, ChatsModule, FilesModule, DeliveriesModule],
  providers: [ChatsConnectorHandlers, ParticipantsConnectorHandlers, ConnectorAvatars],
})
export class ChatsConnectorModule {}
