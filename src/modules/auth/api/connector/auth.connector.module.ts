import { Module } from '@nestjs/common';
import { BotsModule } from '../../../bots/index.js';
import { ConnectorKitModule } from '../../../../protocols/connector/connector-kit.module.js';
import { OAuthConnectorController } from './oauth.connector.controller.js';

@Module({ imports: [BotsModule, ConnectorKitModule], controllers: [OAuthConnectorController] })
export class AuthConnectorModule {}
