import { Module } from '@nestjs/common';
import { ClientProtocolModule } from '../../../../protocols/client/client-protocol.module.js';
import { BotsModule } from '../../../bots/index.js';
import { ChatsModule } from '../../../chats/index.js';
import { UsersModule } from '../../../users/index.js';
import { MessagesModule } from '../../messages.module.js';
import { EventsBotController, EventsClientController } from './events.client.controller.js';
import { EventsBotPoller } from './events.bot.poller.js';
import { EventsClientStreamer } from './events.client.streamer.js';
import { MessagesBotController, MessagesClientController } from './messages.client.controller.js';
import { MessagesClientViews } from './messages.client.views.js';
import { PresenceBotController, PresenceClientController } from './presence.client.controller.js';

@Module({
  imports: [MessagesModule, BotsModule, ChatsModule, UsersModule, ClientProtocolModule],
  controllers: [
    MessagesClientController,
    MessagesBotController,
    PresenceClientController,
    PresenceBotController,
    EventsClientController,
    EventsBotController,
  ],
  providers: [MessagesClientViews, EventsClientStreamer, EventsBotPoller],
})
export class MessagesClientModule {}
