import { Module } from '@nestjs/common';
import { PlatformKitModule } from '../../../../protocols/platform/platform-kit.module.js';
import { PlatformPictures, PlatformUploads } from '../../../../protocols/platform/platform-upload.interceptor.js';
import { FilesModule, PicturesService, UploadsService } from '../../../files/index.js';
import { UsersModule } from '../../users.module.js';
import { UserMetadataPlatformController } from './user-metadata.platform.controller.js';
import { UsersPlatformController } from './users.platform.controller.js';

/** Users on the Platform API. */
@Module({
  imports: [PlatformKitModule, FilesModule, UsersModule],
  providers: [
    { provide: PlatformUploads, useExisting: UploadsService },
    { provide: PlatformPictures, useExisting: PicturesService },
  ],
  controllers: [UsersPlatformController, UserMetadataPlatformController],
})
export class UsersPlatformModule {}
