import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ChatsModule } from '../chats/index.js';
import { FilesModule } from '../files/index.js';
import { UsersModule } from '../users/index.js';
import { MessageWriter } from './message-writer.js';
import { MessageEntity } from './message.entity.js';
import { MessagesRepository } from './messages.repository.js';
import { MessagesService } from './messages.service.js';
import { ViewerNotifier } from './viewer-notifier.js';

@Module({
  imports: [UsersModule, ChatsModule, FilesModule, TypeOrmModule.forFeature([MessageEntity])],
  providers: [MessagesService, MessagesRepository, MessageWriter, ViewerNotifier],
  exports: [MessagesService],
})
export class MessagesModule {}
