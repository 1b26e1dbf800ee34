import { Module } from '@nestjs/common';
import { PlatformKitModule } from '../../../../protocols/platform/platform-kit.module.js';
import { AiModule } from '../../ai.module.js';
import { RepliesPlatformController } from './replies.platform.controller.js';

/** What AI bots can do on the Platform API beside answering in channels. */
@Module({ imports: [PlatformKitModule, AiModule], controllers: [RepliesPlatformController] })
export class RepliesPlatformModule {}
