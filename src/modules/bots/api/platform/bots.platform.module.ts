import { Module } from '@nestjs/common';
import { PlatformProtocolModule } from '../../../../protocols/platform/platform-protocol.module.js';
import { BotsModule } from '../../bots.module.js';
import { BotsPlatformController } from './bots.platform.controller.js';

/** Bots on the Platform API. What they say is with the messages. */
@Module({ imports: [PlatformProtocolModule, BotsModule], controllers: [BotsPlatformController] })
export class BotsPlatformModule {}
