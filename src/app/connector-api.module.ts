import { Module } from '@nestjs/common';
import { FilesConnectorModule } from '../modules/files/api/connector/files.connector.module.js';

/** The slices that make up the chatbot connector. */
@Module({ imports: [FilesConnectorModule] })
export class ConnectorApiModule {}
