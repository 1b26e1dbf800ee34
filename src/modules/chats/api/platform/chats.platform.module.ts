import { Module } from '@nestjs/common';
import { PlatformProtocolModule } from '../../../../protocols/platform/platform-protocol.module.js';
import { PlatformImages, PlatformUploads } from '../../../../protocols/platform/platform-upload.interceptor.js';
import { BotsModule } from '../../../bots/index.js';
import { FilesModule, ImagesService, UploadsService } from '../../../files/index.js';
import { MessagesModule } from '../../../messages/index.js';
import { UsersModule } from '../../../users/index.js';
import { ChatsModule } from '../../chats.module.js';
import { ChatMetadataPlatformController } from './chat-metadata.platform.controller.js';
import { ChatsPlatformController } from './chats.platform.controller.js';
import { ChatsPlatformLists } from './chats.platform.lists.js';
import { ChatsPlatformViews } from './chats.platform.views.js';
import { MembersPlatformController } from './members.platform.controller.js';
import { MembersPlatformViews } from './members.platform.views.js';
import { OperatorsPlatformController } from './operators.platform.controller.js';
import { BotsChatsPlatformController, UsersChatsPlatformController } from './users-chats.platform.controller.js';

/** Chats on the Platform API, which calls them group channels. */
@Module({
  imports: [PlatformProtocolModule, UsersModule, BotsModule, ChatsModule, FilesModule, MessagesModule],
  controllers: [
    ChatsPlatformController,
    MembersPlatformController,
    OperatorsPlatformController,
    ChatMetadataPlatformController,
    UsersChatsPlatformController,
    BotsChatsPlatformController,
  ],
  providers: [
    ChatsPlatformViews,
    ChatsPlatformLists,
    MembersPlatformViews,
    { provide: PlatformUploads, useExisting: UploadsService },
    { provide: PlatformImages, useExisting: ImagesService },
  ],
})
export class ChatsPlatformModule {}
