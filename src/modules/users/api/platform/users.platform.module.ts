import { Module } from '@nestjs/common';
import { PlatformKitModule } from '../../../../protocols/platform/platform-kit.module.js';
import { UsersModule } from '../../users.module.js';
import { UsersPlatformController } from './users.platform.controller.js';

/** Users on the Platform API. */
@Module({ imports: [PlatformKitModule, UsersModule], controllers: [UsersPlatformController] })
export class UsersPlatformModule {}
