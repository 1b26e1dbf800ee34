import { Module } from '@nestjs/common';
import { ClientProtocolModule } from '../../../../protocols/client/client-protocol.module.js';
import { ChatsModule } from '../../chats.module.js';
import { ChatsBotController, ChatsClientController } from './chats.client.controller.js';

@Module({ imports: [ChatsModule, ClientProtocolModule], controllers: [ChatsClientController, ChatsBotController] })
export class ChatsClientModule {}
