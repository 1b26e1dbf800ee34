import { Module } from '@nestjs/common';
import { RepliesPlatformModule } from '../modules/ai/api/platform/replies.platform.module.js';
import { ApiTokensPlatformModule } from '../modules/auth/api/platform/api-tokens.platform.module.js';
import { BotsPlatformModule } from '../modules/bots/api/platform/bots.platform.module.js';
import { ChatsPlatformModule } from '../modules/chats/api/platform/chats.platform.module.js';
import { MessagesPlatformModule } from '../modules/messages/api/platform/messages.platform.module.js';
import { UsersPlatformModule } from '../modules/users/api/platform/users.platform.module.js';

/** The API modules of the Platform API. */
@Module({
  imports: [
    ApiTokensPlatformModule,
    UsersPlatformModule,
    BotsPlatformModule,
    ChatsPlatformModule,
    MessagesPlatformModule,
    RepliesPlatformModule,
  ],
})
export class PlatformApiModule {}
