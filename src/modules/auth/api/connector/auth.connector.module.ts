import { Module } from '@nestjs/common';
import { ThrottleModule } from '../../../../core/throttle/failure-throttle.js';
import { BotsModule } from '../../../bots/index.js';
import { ConnectorProtocolModule } from '../../../../protocols/connector/connector-protocol.module.js';
import { OAuthConnectorController } from './oauth.connector.controller.js';
import { ConnectorTokens } from './oauth.connector.tokens.js';

@Module({
  imports: [BotsModule, ConnectorProtocolModule, ThrottleModule],
  controllers: [OAuthConnectorController],
  providers: [ConnectorTokens],
})
export class AuthConnectorModule {}
