import { Module } from '@nestjs/common';
import { ServerInfoConnectorController } from './server-info.connector.controller.js';

@Module({ controllers: [ServerInfoConnectorController] })
export class ServerInfoConnectorModule {}
