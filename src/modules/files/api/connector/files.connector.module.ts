import { Module } from '@nestjs/common';
import { ConnectorKitModule } from '../../../../protocols/connector/connector-kit.module.js';
import { MessagesModule } from '../../../messages/index.js';
import { FilesModule } from '../../files.module.js';
import { FileProgress } from './file-progress.connector.js';
import { FilesConnectorController } from './files.connector.controller.js';
import { FilesConnectorHandlers } from './files.connector.handlers.js';
import { UploadLimitsTeller } from './upload-limits.connector.js';

@Module({
  imports: [FilesModule, MessagesModule, ConnectorKitModule],
  controllers: [FilesConnectorController],
  providers: [FilesConnectorHandlers, FileProgress, UploadLimitsTeller],
})
export class FilesConnectorModule {}
