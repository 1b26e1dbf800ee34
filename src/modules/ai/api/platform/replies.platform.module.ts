import { Module } from '@nestjs/common';
import { PlatformKitModule } from '../../../../protocols/platform/platform-kit.module.js';
import { AiModule } from '../../ai.module.js';
import { RepliesPlatformController } from './replies.platform.controller.js';

/** AI routes of the Platform API. */
@Module({ imports: [PlatformKitModule, AiModule], controllers: [RepliesPlatformController] })
export class RepliesPlatformModule {}
