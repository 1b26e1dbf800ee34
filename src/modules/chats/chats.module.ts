import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { BotsModule } from '../bots/index.js';
import { UsersModule } from '../users/index.js';
import { ChatQueries } from './chat-queries.js';
import { ChatQueriesRepository } from './chat-queries.repository.js';
import { ChatEventEntity } from './chat-event.entity.js';
import { ChatAuditSubscriber } from './chat-audit.subscriber.js';
import { ChatEraser } from './chat-eraser.js';
import { ChatDeletionsRepository } from './chat-deletions.repository.js';
import { ChatRemover } from './chat-remover.js';
import { ChatMetadataService } from './chat-metadata.service.js';
import { ChatLog } from './chat-log.js';
import { ChatLogClock } from './chat-log-clock.js';
import { ChatEntity } from './chat.entity.js';
import { ChatsRepository } from './chats.repository.js';
import { ChatsService } from './chats.service.js';
import { MembershipCleaner } from './membership-cleaner.js';
import { GroupFactory } from './group-factory.js';
import { GroupsService } from './groups.service.js';
import { InviteesLoader } from './invitees.js';
import { GroupLocks } from './group-locks.js';
import { MemberChatsService } from './member-chats.service.js';
import { MemberWriter } from './member-writer.js';
import { MemberStateService } from './member-state.service.js';
import { MemberEntity } from './member.entity.js';
import { MembersRepository } from './members.repository.js';
import { MembershipsService } from './memberships.service.js';

@Module({
  imports: [UsersModule, BotsModule, TypeOrmModule.forFeature([ChatEntity, MemberEntity, ChatEventEntity])],
  providers: [
    ChatsService,
    GroupsService,
    ChatMetadataService,
    GroupFactory,
    MembershipsService,
    GroupLocks,
    MemberChatsService,
    ChatAuditSubscriber,
    ChatEraser,
    ChatRemover,
    ChatDeletionsRepository,
    MembershipCleaner,
    MemberStateService,
    ChatQueries,
    ChatLog,
    ChatLogClock,
    MemberWriter,
    InviteesLoader,
    ChatsRepository,
    MembersRepository,
    ChatQueriesRepository,
  ],
  exports: [
    ChatsService,
    GroupsService,
    ChatMetadataService,
    MembershipsService,
    MemberChatsService,
    MemberStateService,
    ChatQueries,
    ChatRemover,
    ChatEraser,
    ChatLog,
    ChatLogClock,
  ],
})
export class ChatsModule {}
