import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { BotsModule } from '../bots/index.js';
import { UsersModule } from '../users/index.js';
import { ChatEventEntity } from './chat-event.entity.js';
import { ChatLog } from './chat-log.js';
import { ChatEntity } from './chat.entity.js';
import { ChatsRepository } from './chats.repository.js';
import { ChatsService } from './chats.service.js';
import { MemberEntity } from './member.entity.js';

@Module({
  imports: [UsersModule, BotsModule, TypeOrmModule.forFeature([ChatEntity, MemberEntity, ChatEventEntity])],
  providers: [ChatsService, ChatsRepository, ChatLog],
  exports: [ChatsService, ChatLog],
})
export class ChatsModule {}
