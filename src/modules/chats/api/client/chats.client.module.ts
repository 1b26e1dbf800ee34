import { Module } from '@nestjs/common';
import { ClientKitModule } from '../../../../protocols/client/client-kit.module.js';
import { ChatsModule } from '../../chats.module.js';
import { ChatsBotController } from './chats.bot.controller.js';
import { ChatsClientController } from './chats.client.controller.js';

@Module({ imports: [ChatsModule, ClientKitModule], controllers: [ChatsClientController, ChatsBotController] })
export class ChatsClientModule {}
