import { Module } from '@nestjs/common';
import { ClientProtocolModule } from '../../../../protocols/client/client-protocol.module.js';
import { AiModule } from '../../../ai/index.js';
import { BotsModule } from '../../bots.module.js';
import { BotsAdminController } from './bots.admin.controller.js';
import { BotsBotController } from './bots.bot.controller.js';
import { BotsClientController } from './bots.client.controller.js';
import { ClientBotFactory } from './client-bot-factory.js';
import { CommandsBotController } from './commands.bot.controller.js';
import { WebhooksBotController } from './webhooks.bot.controller.js';

@Module({
  imports: [BotsModule, AiModule, ClientProtocolModule],
  controllers: [
    BotsClientController,
    BotsBotController,
    WebhooksBotController,
    CommandsBotController,
    BotsAdminController,
  ],
  providers: [ClientBotFactory],
})
export class BotsClientModule {}
