import { Module } from '@nestjs/common';
import { AuthConnectorModule } from '../modules/auth/api/connector/auth.connector.module.js';
import { ChatsConnectorModule } from '../modules/chats/api/connector/chats.connector.module.js';
import { ConnectorGatewayModule } from '../modules/connector/api/connector/connector-gateway.module.js';
import { FilesConnectorModule } from '../modules/files/api/connector/files.connector.module.js';
import { MessagesConnectorModule } from '../modules/messages/api/connector/messages.connector.module.js';
import { SurveysConnectorModule } from '../modules/surveys/api/connector/surveys.connector.module.js';
import { UsersConnectorModule } from '../modules/users/api/connector/users.connector.handlers.js';
import { ServerInfoConnectorModule } from '../protocols/connector/server-info.connector.controller.js';

/** The API modules of the chatbot connector. */
@Module({
  imports: [
    ServerInfoConnectorModule,
    AuthConnectorModule,
    ConnectorGatewayModule,
    MessagesConnectorModule,
    ChatsConnectorModule,
    FilesConnectorModule,
    SurveysConnectorModule,
    UsersConnectorModule,
  ],
})
export class ConnectorApiModule {}
