import { ClientController } from '../../../../protocols/client/client.controller.decorator.js';
import { SharedPresenceController } from './shared-presence.controller.js';

@ClientController('Messages')
export class PresenceClientController extends SharedPresenceController {}
