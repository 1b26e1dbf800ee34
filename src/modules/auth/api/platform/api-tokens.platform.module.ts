import { Module } from '@nestjs/common';
import { PlatformKitModule } from '../../../../protocols/platform/platform-kit.module.js';
import { ApiTokensPlatformController } from './api-tokens.platform.controller.js';

/** The secondary tokens of the Platform API. */
@Module({ imports: [PlatformKitModule], controllers: [ApiTokensPlatformController] })
export class ApiTokensPlatformModule {}
