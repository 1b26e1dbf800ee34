import { Injectable } from '@nestjs/common';
import type { Actor } from '../../../auth/index.js';
import type { MessageEntity } from '../../message.entity.js';
import { MessagesService } from '../../messages.service.js';
import type { ClientListMessagesDto, ClientMessageDto, ClientMessagePageDto } from './messages.client.dto.js';
import { toClientMessage, toClientPage, toPageQuery } from './messages.client.mapper.js';

/** Loads messages for the Client API, with the files attached to them. */
@Injectable()
export class MessagesClientViews {
  constructor(private readonly messages: MessagesService) {}

  async toDto(message: MessageEntity): Promise<ClientMessageDto> {
    return toClientMessage(message, await this.messages.loadAttachments([message]));
  }

  /** @throws DomainError not_found `chat.not_found`; forbidden `chat.not_member` */
  async listPage(actor: Actor, chatId: string, query: ClientListMessagesDto): Promise<ClientMessagePageDto> {
    const page = await this.messages.listPage(actor, toPageQuery(chatId, query));
    return toClientPage(chatId, query, page, await this.messages.loadAttachments(page.messages));
  }
}
