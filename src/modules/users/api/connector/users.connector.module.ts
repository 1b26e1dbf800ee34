import { Module } from '@nestjs/common';
import { ConnectorKitModule } from '../../../../protocols/connector/connector-kit.module.js';
import { UsersModule } from '../../users.module.js';
import { UsersConnectorHandlers } from './users.connector.handlers.js';

@Module({ imports: [ConnectorKitModule, UsersModule], providers: [UsersConnectorHandlers] })
export class UsersConnectorModule {}
