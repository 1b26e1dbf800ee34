import { Module } from '@nestjs/common';
import { PlatformKitModule } from '../../../../protocols/platform/platform-kit.module.js';
import { UsersModule } from '../../users.module.js';
import { UserMetadataPlatformController } from './user-metadata.platform.controller.js';
import { UsersPlatformController } from './users.platform.controller.js';

/** Users on the Platform API. */
@Module({
  imports: [PlatformKitModule, UsersModule],
  controllers: [UsersPlatformController, UserMetadataPlatformController],
})
export class UsersPlatformModule {}
