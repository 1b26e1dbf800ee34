import { Module } from '@nestjs/common';
import { BotsModule } from '../../modules/bots/index.js';
import { MessagesModule } from '../../modules/messages/index.js';
import { EchoBotController } from './echo-bot.controller.js';
import { EchoBot } from './echo-bot.js';

/** Demo bot of a fresh server. In development only. */
@Module({
  imports: [BotsModule, MessagesModule],
  controllers: [EchoBotController],
  providers: [EchoBot],
})
export class DemoModule {}
