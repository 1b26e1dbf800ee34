import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ChatsModule } from '../chats/index.js';
import { FilesModule } from '../files/index.js';
import { UsersModule } from '../users/index.js';
import { AttachmentLinks } from './attachment-links.js';
import { DraftEntity } from './drafts/draft.entity.js';
import { DraftsRepository } from './drafts/drafts.repository.js';
import { DraftsService } from './drafts/drafts.service.js';
import { ChatFeed } from './feed/chat-feed.js';
import { FileAccessService } from './file-access.service.js';
import { FeedRepository } from './feed/feed.repository.js';
import { HistoryCleaner } from './history-cleaner.js';
import { HistoryRepository } from './history.repository.js';
import { HistoryService } from './history.service.js';
import { MessageEditor } from './message-editor.js';
import { MessageWriter } from './message-writer.js';
import { HiddenMessageEntity, MessageEntity } from './message.entity.js';
import { MessageEraser, MessageRemover } from './message-deletions.js';
import { MessageDeletionsRepository } from './message-deletions.repository.js';
import { MessagesRepository } from './messages.repository.js';
import { MessagesService } from './messages.service.js';
import { PresenceService } from './presence.service.js';
import { ReadReceiptsRepository } from './read-receipts.repository.js';
import { ReadReceiptsService } from './read-receipts.service.js';
import { ViewerNotifier } from './viewer-notifier.js';

@Module({
  imports: [
    UsersModule,
    ChatsModule,
    FilesModule,
    TypeOrmModule.forFeature([MessageEntity, DraftEntity, HiddenMessageEntity]),
  ],
  providers: [
    MessagesService,
    ReadReceiptsService,
    MessagesRepository,
    ReadReceiptsRepository,
    HistoryService,
    HistoryCleaner,
    MessageEraser,
    MessageRemover,
    MessageDeletionsRepository,
    HistoryRepository,
    MessageWriter,
    MessageEditor,
    ChatFeed,
    FeedRepository,
    DraftsService,
    DraftsRepository,
    PresenceService,
    ViewerNotifier,
    AttachmentLinks,
    FileAccessService,
  ],
  exports: [
    MessagesService,
    HistoryService,
    HistoryCleaner,
    ReadReceiptsService,
    MessageEditor,
    ChatFeed,
    DraftsService,
    PresenceService,
    FileAccessService,
  ],
})
export class MessagesModule {}
