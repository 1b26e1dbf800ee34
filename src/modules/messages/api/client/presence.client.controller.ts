import { ClientController } from '../../../../protocols/client/client.controller.decorator.js';
import { ParticipantPresenceController } from './participant-presence.controller.js';

@ClientController('Messages')
export class PresenceClientController extends ParticipantPresenceController {}
