import { Module } from '@nestjs/common';
import { ConnectorProtocolModule } from '../../../../protocols/connector/connector-protocol.module.js';
import { ChatsModule } from '../../../chats/index.js';
import { FilesModule } from '../../../files/index.js';
import { MessagesModule } from '../../messages.module.js';
import { ConnectorMessageReader } from './message-reader.connector.js';
import { ConnectorMessageSender } from './message-sender.connector.js';
import { MessagesConnectorHandlers } from './messages.connector.handlers.js';

@Module({
  imports: [ConnectorProtocolModule, MessagesModule, ChatsModule, FilesModule],
  providers: [MessagesConnectorHandlers, ConnectorMessageSender, ConnectorMessageReader],
})
export class MessagesConnectorModule {}
