import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { ConnectorIds } from './connector-ids.js';
import { ConnectorMethods } from './connector-methods.js';

const PROVIDERS = [ConnectorIds, ConnectorMethods];

/** The shared parts of the connector's API modules. */
@Module({ imports: [DiscoveryModule], providers: PROVIDERS, exports: PROVIDERS })
export class ConnectorProtocolModule {}
