import { Module } from '@nestjs/common';
import { ConnectorProtocolModule } from '../../../../protocols/connector/connector-protocol.module.js';
import { MessagesModule } from '../../../messages/index.js';
import { FilesModule } from '../../files.module.js';
import { FileProgressNotifier } from './file-progress-notifier.js';
import { FilesConnectorController } from './files.connector.controller.js';
import { FilesConnectorHandlers } from './files.connector.handlers.js';

@Module({
  imports: [FilesModule, MessagesModule, ConnectorProtocolModule],
  controllers: [FilesConnectorController],
  providers: [FilesConnectorHandlers, FileProgressNotifier],
})
export class FilesConnectorModule {}
