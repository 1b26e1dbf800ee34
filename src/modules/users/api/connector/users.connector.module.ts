import { Module } from '@nestjs/common';
import { ConnectorProtocolModule } from '../../../../protocols/connector/connector-protocol.module.js';
import { UsersModule } from '../../users.module.js';
import { UsersConnectorHandlers } from './users.connector.handlers.js';

@Module({ imports: [ConnectorProtocolModule, UsersModule], providers: [UsersConnectorHandlers] })
export class UsersConnectorModule {}
