import {
  type ConnectorCall,
  ConnectorHandlers,
  ConnectorMethod,
} from '../../../../protocols/connector/connector-methods.js';
import { HistoryCleaner } from '../../history-cleaner.js';
import { PresenceService } from '../../presence.service.js';
import { ConnectorMessageReader } from './message-reader.connector.js';
import { ConnectorMessageSender } from './message-sender.connector.js';
import {
  ConnectorActivityDto,
  ConnectorClearHistoryDto,
  ConnectorEditMessageDto,
  ConnectorForwardMessageDto,
  ConnectorGetMessageDto,
  ConnectorHistoryDto,
  ConnectorRemoveMessageDto,
  ConnectorSendFileDto,
  ConnectorSendMessageDto,
} from './messages.connector.dto.js';
import { toConnectorEditResponse, toConnectorSendResponse } from './messages.connector.mapper.js';

/** Milliseconds for which the typing indicator is shown. */
const ACTIVITY_MS = 5000;

/** Messages: send, edit, forward, remove and read. */
@ConnectorHandlers()
export class MessagesConnectorHandlers {
  constructor(
    private readonly sender: ConnectorMessageSender,
    private readonly reader: ConnectorMessageReader,
    private readonly cleaner: HistoryCleaner,
    private readonly presence: PresenceService,
  ) {}

  @ConnectorMethod('sendMessage')
  async send({ actor }: ConnectorCall, body: ConnectorSendMessageDto) {
    return toConnectorSendResponse(await this.sender.send(actor, body));
  }

  @ConnectorMethod('sendFile')
  async sendFile({ actor }: ConnectorCall, body: ConnectorSendFileDto) {
    const { message, fileId } = await this.sender.sendFile(actor, body);
    return { ...toConnectorSendResponse(message), fileId };
  }

  @ConnectorMethod('editMessage')
  async edit({ actor }: ConnectorCall, body: ConnectorEditMessageDto) {
    return toConnectorEditResponse(await this.sender.edit(actor, body));
  }

  @ConnectorMethod('forwardMessage')
  async forward({ actor }: ConnectorCall, body: ConnectorForwardMessageDto) {
    return toConnectorSendResponse(await this.sender.forward(actor, body));
  }

  @ConnectorMethod('removeMessage')
  remove({ actor }: ConnectorCall, { messageId, forAll }: ConnectorRemoveMessageDto) {
    return this.sender.delete(actor, messageId, forAll);
  }

  /** All activities are shown as a typing indicator. */
  @ConnectorMethod('sendChatActivity')
  async showActivity({ actor }: ConnectorCall, { chatId, activityType }: ConnectorActivityDto) {
    await this.presence.startTyping(actor, chatId);
    return { chatId, activityType, retryAfter: ACTIVITY_MS };
  }

  @ConnectorMethod('clearHistory')
  clear({ actor }: ConnectorCall, { chatId, forAll }: ConnectorClearHistoryDto) {
    return forAll ? this.cleaner.clearForAll(actor, chatId) : this.cleaner.clear(actor, chatId);
  }

  @ConnectorMethod('getMessageById')
  get({ actor }: ConnectorCall, { messageId }: ConnectorGetMessageDto) {
    return this.reader.get(actor, messageId);
  }

  @ConnectorMethod('getChatHistory')
  history({ actor }: ConnectorCall, body: ConnectorHistoryDto) {
    return this.reader.listPage(actor, body);
  }
}
