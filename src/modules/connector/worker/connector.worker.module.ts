import { Module } from '@nestjs/common';
import { ConnectorModule } from '../connector.module.js';
import { ConnectorTransport } from './connector-transport.js';

@Module({ imports: [ConnectorModule], providers: [ConnectorTransport], exports: [ConnectorTransport] })
export class ConnectorWorkerModule {}
