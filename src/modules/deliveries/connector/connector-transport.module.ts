import { Module } from '@nestjs/common';
import { DeliveriesModule } from '../deliveries.module.js';
import { ConnectorTransport } from './connector-transport.js';

@Module({ imports: [DeliveriesModule], providers: [ConnectorTransport], exports: [ConnectorTransport] })
export class ConnectorTransportModule {}
