import { Module } from '@nestjs/common';
import { PlatformKitModule } from '../../../../protocols/platform/platform-kit.module.js';
import { BotsModule } from '../../bots.module.js';
import { BotsPlatformController } from './bots.platform.controller.js';

/** Bots on the Platform API. What they say is with the messages. */
@Module({ imports: [PlatformKitModule, BotsModule], controllers: [BotsPlatformController] })
export class BotsPlatformModule {}
