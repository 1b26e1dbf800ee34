import { Module } from '@nestjs/common';
import { ClientKitModule } from '../../../../protocols/client/client-kit.module.js';
import { AiModule } from '../../../ai/index.js';
import { BotsModule } from '../../bots.module.js';
import { BotsAdminController } from './bots.admin.controller.js';
import { BotsBotController } from './bots.bot.controller.js';
import { BotsClientController } from './bots.client.controller.js';
import { BotsClientMaker } from './bots.client.maker.js';
import { CommandsBotController } from './commands.bot.controller.js';
import { PassesAdminController } from './passes.admin.controller.js';
import { WebhooksBotController } from './webhooks.bot.controller.js';

@Module({
  imports: [BotsModule, AiModule, ClientKitModule],
  controllers: [
    BotsClientController,
    BotsBotController,
    WebhooksBotController,
    CommandsBotController,
    BotsAdminController,
    PassesAdminController,
  ],
  providers: [BotsClientMaker],
})
export class BotsClientModule {}
