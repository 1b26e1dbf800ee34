import { Module } from '@nestjs/common';
import { ConnectorKitModule } from '../../../../protocols/connector/connector-kit.module.js';
import { BotsModule } from '../../../bots/index.js';
import { ChatsModule } from '../../../chats/index.js';
import { MessagesModule } from '../../../messages/index.js';
import { DeliveriesModule } from '../../deliveries.module.js';
import { Acknowledgements } from './acknowledgements.connector.js';
import { ChatIntroducer } from './chat-introducer.connector.js';
import { EntryTranslator } from './entry-translator.connector.js';
import { LogEntries } from './log-entries.connector.js';
import { MissedMessagesReplay } from './missed-messages-replay.connector.js';
import { NoticeTeller } from './notice-teller.connector.js';
import { SessionOpener } from './session-opener.connector.js';
import { SessionTeller } from './session-teller.connector.js';

@Module({
  imports: [ConnectorKitModule, DeliveriesModule, BotsModule, ChatsModule, MessagesModule],
  providers: [
    LogEntries,
    EntryTranslator,
    ChatIntroducer,
    Acknowledgements,
    SessionTeller,
    MissedMessagesReplay,
    NoticeTeller,
    SessionOpener,
  ],
})
export class DeliveriesConnectorModule {}
