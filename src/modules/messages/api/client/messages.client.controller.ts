import { ClientController } from '../../../../protocols/client/client.controller.decorator.js';
import { ParticipantMessagesController } from './participant-messages.controller.js';

@ClientController('Messages')
export class MessagesClientController extends ParticipantMessagesController {}
