import { BotController } from '../../../../protocols/client/client.controller.decorator.js';
import { ParticipantPresenceController } from './participant-presence.controller.js';

@BotController('Messages')
export class PresenceBotController extends ParticipantPresenceController {}
