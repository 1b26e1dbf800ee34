import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { BotsModule } from '../bots/index.js';
import { UsersModule } from '../users/index.js';
import { ChatLocker } from './chat-locker.js';
import { MemberAdministrationService } from './member-administration.service.js';
import { ChatAdministrationService } from './chat-administration.service.js';
import { ChatDirectory } from './chat-directory.js';
import { ChatDirectoryRepository } from './chat-directory.repository.js';
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
import { GroupLeaver } from './group-leaver.js';
import { GroupOpener } from './group-opener.js';
import { GroupsService } from './groups.service.js';
import { InviteesReader } from './invitees.js';
import { LockedGroups } from './locked-groups.js';
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
    GroupOpener,
    MembershipsService,
    LockedGroups,
    MemberChatsService,
    MemberChatsRepository,
    ChatAdministrationService,
    MemberAdministrationService,
    ChatLocker,
    ChatEraser,
    ChatErasuresRepository,
    ChatRemover,
    ChatRemovalsRepository,
    GroupLeaver,
    MemberStateService,
    ChatDirectory,
    ChatLog,
    ChatLogClock,
    MemberWriter,
    InviteesReader,
    ChatsRepository,
    MembersRepository,
    ChatDirectoryRepository,
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
    ChatDirectory,
    ChatEraser,
    ChatLog,
    ChatLogClock,
  ],
})
export class ChatsModule {}
