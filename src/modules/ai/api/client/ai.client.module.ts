import { Module } from '@nestjs/common';
import { ClientProtocolModule } from '../../../../protocols/client/client-protocol.module.js';
import { AiModule } from '../../ai.module.js';
import { AiAdminController } from './ai.admin.controller.js';
import { AiClientController } from './ai.client.controller.js';
import { ChatControlsAdminController } from './chat-controls.admin.controller.js';
import { ModelsAdminController } from './models.admin.controller.js';

/** AI routes of the Client and Admin API. */
@Module({
  imports: [ClientProtocolModule, AiModule],
  controllers: [AiClientController, AiAdminController, ModelsAdminController, ChatControlsAdminController],
})
export class AiClientModule {}
