import { BotController } from '../../../../protocols/client/client.controller.decorator.js';
import { ParticipantPresenceController } from './participant-presence.controller.js';

@BotController('Bot API: messages')
export class PresenceBotController extends ParticipantPresenceController {}
