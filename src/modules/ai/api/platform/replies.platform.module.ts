import { Module } from '@nestjs/common';
import { PlatformProtocolModule } from '../../../../protocols/platform/platform-protocol.module.js';
import { AiModule } from '../../ai.module.js';
import { RepliesPlatformController } from './replies.platform.controller.js';

/** AI routes of the Platform API. */
@Module({ imports: [PlatformProtocolModule, AiModule], controllers: [RepliesPlatformController] })
export class RepliesPlatformModule {}
