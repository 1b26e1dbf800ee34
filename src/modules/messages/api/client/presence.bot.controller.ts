import { BotController } from '../../../../protocols/client/client.controller.decorator.js';
import { SharedPresenceController } from './shared-presence.controller.js';

@BotController('Bot API: messages')
export class PresenceBotController extends SharedPresenceController {}
