import { Module } from '@nestjs/common';
import { BotsModule } from '../../../bots/index.js';
import { UsersModule } from '../../../users/index.js';
import { MessagesModule } from '../../messages.module.js';
import { BotMessagesPlatformController, MessagesPlatformController } from './messages.platform.controller.js';

/** Messages on the Platform API. */
@Module({
  imports: [UsersModule, BotsModule, MessagesModule],
  controllers: [MessagesPlatformController, BotMessagesPlatformController],
})
export class MessagesPlatformModule {}
