import { Module } from '@nestjs/common';
import { PlatformProtocolModule } from '../../../../protocols/platform/platform-protocol.module.js';
import { ApiTokensPlatformController } from './api-tokens.platform.controller.js';

/** The secondary tokens of the Platform API. */
@Module({ imports: [PlatformProtocolModule], controllers: [ApiTokensPlatformController] })
export class ApiTokensPlatformModule {}
