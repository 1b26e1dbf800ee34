import { Module } from '@nestjs/common';
import { BotsModule } from '../../../bots/index.js';
import { MessagesModule } from '../../../messages/index.js';
import { UsersModule } from '../../../users/index.js';
import { ChatsModule } from '../../chats.module.js';
import { ChatsPlatformController } from './chats.platform.controller.js';
import { ChatsPlatformViews } from './chats.platform.views.js';

/** Chats on the Platform API, which calls them group channels. */
@Module({
  imports: [UsersModule, BotsModule, ChatsModule, MessagesModule],
  controllers: [ChatsPlatformController],
  providers: [ChatsPlatformViews],
})
export class ChatsPlatformModule {}
