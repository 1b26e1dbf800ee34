import { ClientController } from '../../../../protocols/client/client.controller.decorator.js';
import { SharedMessagesController } from './shared-messages.controller.js';

@ClientController('Messages')
export class MessagesClientController extends SharedMessagesController {}
