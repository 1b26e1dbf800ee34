import { Module } from '@nestjs/common';
import { PlatformProtocolModule } from '../../../../protocols/platform/platform-protocol.module.js';
import { PlatformImages, PlatformUploads } from '../../../../protocols/platform/platform-upload.interceptor.js';
import { FilesModule, ImagesService, UploadsService } from '../../../files/index.js';
import { UsersModule } from '../../users.module.js';
import { UserMetadataPlatformController } from './user-metadata.platform.controller.js';
import { UsersPlatformController } from './users.platform.controller.js';

/** Users on the Platform API. */
@Module({
  imports: [PlatformProtocolModule, FilesModule, UsersModule],
  providers: [
    { provide: PlatformUploads, useExisting: UploadsService },
    { provide: PlatformImages, useExisting: ImagesService },
  ],
  controllers: [UsersPlatformController, UserMetadataPlatformController],
})
export class UsersPlatformModule {}
