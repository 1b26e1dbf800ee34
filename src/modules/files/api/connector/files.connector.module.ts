import { Module } from '@nestjs/common';
import { FilesModule } from '../../files.module.js';
import { FilesConnectorController } from './files.connector.controller.js';

@Module({ imports: [FilesModule], controllers: [FilesConnectorController] })
export class FilesConnectorModule {}
