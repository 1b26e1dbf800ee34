import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { ConnectorAuth } from './connector-auth.js';
import { ConnectorIds } from './connector-ids.js';
import { ConnectorMethods } from './connector-methods.js';
import { ConnectorServer } from './connector-server.js';
import { ConnectorSessions } from './connector-sessions.js';
import { SessionWatch } from './session-watch.js';

/** The shared parts of the connector's API modules. */
@Module({
  imports: [DiscoveryModule],
  providers: [ConnectorAuth, ConnectorIds, ConnectorMethods, ConnectorServer, ConnectorSessions, SessionWatch],
  exports: [ConnectorIds, ConnectorMethods, ConnectorServer, ConnectorSessions],
})
export class ConnectorKitModule {}
