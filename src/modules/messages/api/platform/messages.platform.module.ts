import { Module } from '@nestjs/common';
import { PlatformProtocolModule } from '../../../../protocols/platform/platform-protocol.module.js';
import { BotsModule } from '../../../bots/index.js';
import { ChatsModule } from '../../../chats/index.js';
import { PlatformUploads } from '../../../../protocols/platform/platform-upload.interceptor.js';
import { FilesModule, UploadsService } from '../../../files/index.js';
import { UsersModule } from '../../../users/index.js';
import { MessagesModule } from '../../messages.module.js';
import { MessageChangesPlatformController } from './message-changes.platform.controller.js';
import { BotMessagesPlatformController, MessagesPlatformController } from './messages.platform.controller.js';
import { MessagesPlatformViews } from './messages.platform.views.js';
import { ReceiptsPlatformController, UsersReceiptsPlatformController } from './receipts.platform.controller.js';

/** Messages on the Platform API. */
@Module({
  imports: [PlatformProtocolModule, UsersModule, BotsModule, ChatsModule, FilesModule, MessagesModule],
  providers: [MessagesPlatformViews, { provide: PlatformUploads, useExisting: UploadsService }],
  controllers: [
    MessagesPlatformController,
    ReceiptsPlatformController,
    MessageChangesPlatformController,
    BotMessagesPlatformController,
    UsersReceiptsPlatformController,
  ],
})
export class MessagesPlatformModule {}
