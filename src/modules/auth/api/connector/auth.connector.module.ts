import { Module } from '@nestjs/common';
import { ThrottleModule } from '../../../../core/throttle/throttle.module.js';
import { BotsModule } from '../../../bots/index.js';
import { ConnectorKitModule } from '../../../../protocols/connector/connector-kit.module.js';
import { OAuthConnectorController } from './oauth.connector.controller.js';
import { ConnectorTokens } from './oauth.connector.tokens.js';

@Module({
  imports: [BotsModule, ConnectorKitModule, ThrottleModule],
  controllers: [OAuthConnectorController],
  providers: [ConnectorTokens],
})
export class AuthConnectorModule {}
