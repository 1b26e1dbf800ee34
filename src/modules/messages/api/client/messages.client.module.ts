import { Module } from '@nestjs/common';
import { ClientKitModule } from '../../../../protocols/client/client-kit.module.js';
import { MessagesModule } from '../../messages.module.js';
import { MessagesBotController } from './messages.bot.controller.js';
import { MessagesClientController } from './messages.client.controller.js';

@Module({
  imports: [MessagesModule, ClientKitModule],
  controllers: [MessagesClientController, MessagesBotController],
})
export class MessagesClientModule {}
