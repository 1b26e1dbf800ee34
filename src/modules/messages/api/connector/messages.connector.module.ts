import { Module } from '@nestjs/common';
import { ConnectorKitModule } from '../../../../protocols/connector/connector-kit.module.js';
import { ChatsModule } from '../../../chats/index.js';
import { FilesModule } from '../../../files/index.js';
import { MessagesModule } from '../../messages.module.js';
import { ConnectorMessageReader } from './message-reader.connector.js';
import { ConnectorMessageSender } from './message-sender.connector.js';
import { MessagesConnectorHandlers } from './messages.connector.handlers.js';

@Module({
  imports: [ConnectorKitModule, MessagesModule, ChatsModule, FilesModule],
  providers: [MessagesConnectorHandlers, ConnectorMessageSender, ConnectorMessageReader],
})
export class MessagesConnectorModule {}
