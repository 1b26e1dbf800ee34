import { Module } from '@nestjs/common';
import { AiClientModule } from '../modules/ai/api/client/ai.client.module.js';
import { BotsClientModule } from '../modules/bots/api/client/bots.client.module.js';
import { ChatsClientModule } from '../modules/chats/api/client/chats.client.module.js';
import { DeliveriesClientModule } from '../modules/deliveries/api/client/deliveries.client.module.js';
import { FilesClientModule } from '../modules/files/api/client/files.client.module.js';
import { MessagesClientModule } from '../modules/messages/api/client/messages.client.module.js';
import { SurveysClientModule } from '../modules/surveys/api/client/surveys.client.module.js';
import { UsersClientModule } from '../modules/users/api/client/users.client.module.js';
import { AdministrationClientModule } from '../protocols/client/administration/administration.client.module.js';
import { ServiceInfoClientModule } from '../protocols/client/service-info/service-info.client.module.js';

/** The API modules of the Client, Bot and Admin API. The busiest come first, since Express matches routes in order. */
@Module({
  imports: [
    MessagesClientModule,
    ChatsClientModule,
    UsersClientModule,
    BotsClientModule,
    FilesClientModule,
    DeliveriesClientModule,
    AiClientModule,
    SurveysClientModule,
    ServiceInfoClientModule,
    AdministrationClientModule,
  ],
})
export class ClientApiModule {}
