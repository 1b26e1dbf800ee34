import { AiModule } from '../modules/ai/index.js';
import { AuthModule } from '../modules/auth/index.js';
import { BotsModule } from '../modules/bots/index.js';
import { ChatsModule } from '../modules/chats/index.js';
import { ConnectorModule } from '../modules/connector/index.js';
import { DeliveriesModule } from '../modules/deliveries/index.js';
import { FilesModule } from '../modules/files/index.js';
import { MessagesModule } from '../modules/messages/index.js';
import { SurveysModule } from '../modules/surveys/index.js';
import { UsersModule } from '../modules/users/index.js';

/** The domain modules of every process, in the order of their rank: a module imports earlier ones only. */
export const DOMAIN_MODULES = [
  UsersModule,
  AuthModule,
  BotsModule,
  ChatsModule,
  FilesModule,
  MessagesModule,
  SurveysModule,
  DeliveriesModule,
  ConnectorModule,
  AiModule,
];
