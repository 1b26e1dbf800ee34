import { Module } from '@nestjs/common';
import { ConnectorProtocolModule } from '../../../../protocols/connector/connector-protocol.module.js';
import { ConnectorModule } from '../../../connector/index.js';
import { FilesModule } from '../../../files/index.js';
import { ChatsModule } from '../../chats.module.js';
import { AvatarsConnectorHandlers, ChatsConnectorHandlers } from './chats.connector.handlers.js';
import { ParticipantsConnectorHandlers } from './participants.connector.handlers.js';

@Module({
  imports: [ConnectorProtocolModule, ChatsModule, FilesModule, ConnectorModule],
  providers: [ChatsConnectorHandlers, ParticipantsConnectorHandlers, AvatarsConnectorHandlers],
})
export class ChatsConnectorModule {}
