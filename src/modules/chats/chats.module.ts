import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { BotsModule } from '../bots/index.js';
import { UsersModule } from '../users/index.js';
import { ChatLocks } from './chat-locks.js';
import { MemberAdministrationService } from './member-administration.service.js';
import { ChatAdministrationService } from './chat-administration.service.js';
import { ChatQueries } from './chat-queries.js';
import { ChatQueriesRepository } from './chat-queries.repository.js';
import { ChatEventEntity } from './chat-event.entity.js';
import { ChatEraser } from './chat-eraser.js';
import { ChatErasuresRepository } from './chat-erasures.repository.js';
import { ChatRemovalsRepository } from './chat-removals.repository.js';
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
import { MemberChatsRepository } from './member-chats.repository.js';
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
    MemberChatsRepository,
    ChatAdministrationService,
    MemberAdministrationService,
    ChatLocks,
    ChatEraser,
    ChatErasuresRepository,
    ChatRemover,
    ChatRemovalsRepository,
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
    ChatAdministrationService,
    MemberAdministrationService,
    MemberStateService,
    ChatQueries,
    ChatEraser,
    ChatLog,
    ChatLogClock,
  ],
})
export class ChatsModule {}
