import { Injectable } from '@nestjs/common';
import { Settings } from '../../../../core/config/settings.js';
import { Database, settleAll } from '../../../../core/database/database.js';
import type { Actor } from '../../../auth/index.js';
import { MessageEditor } from '../../message-editor.js';
import type { MessageEntity } from '../../message.entity.js';
import type { EditMessage, SendMessage } from '../../message.types.js';
import { MessagesService } from '../../messages.service.js';
import type { PlatformMessageDto, PlatformMessageListDto } from './messages.platform.dto.js';
import { toMessageList, toPlatformMessage } from './messages.platform.mapper.js';
import type { PlatformListMessagesQueryDto } from './messages.platform.lists.dto.js';
import { type NumberedMessage, toAroundQuery } from './messages.platform.requests.mapper.js';

/** Loads messages for the Platform API, with all that they refer to. */
@Injectable()
export class MessagesPlatformViews {
  constructor(
    private readonly messages: MessagesService,
    private readonly editor: MessageEditor,
    private readonly database: Database,
    private readonly settings: Settings,
  ) {}

  /** @throws DomainError not_found `message.not_found`, `chat.not_found` */
  async get(actor: Actor, { chatId, num }: NumberedMessage): Promise<PlatformMessageDto> {
    return this.toDto(await this.messages.getByNum(actor, chatId, num));
  }

  /** @throws DomainError not_found `chat.not_found`, `message.not_found` */
  async list(actor: Actor, chatId: string, query: PlatformListMessagesQueryDto): Promise<PlatformMessageListDto> {
    const found = await this.messages.listAround(actor, toAroundQuery(chatId, query));
    const [references, threads] = await settleAll([
      this.messages.loadReferences(found),
      query.include_thread_info ? this.messages.loadThreads(found) : undefined,
    ]);
    const extras = { threads, parents: query.include_parent_message_info, reactions: query.include_reactions };
    return toMessageList(query.reverse ? found.reverse() : found, references, this.settings.publicUrl, extras);
  }

  /** Sends a message. @returns the sent message @throws as `MessagesService.send` */
  async send(actor: Actor, command: SendMessage): Promise<PlatformMessageDto> {
    const { message, references } = await this.messages.sendWithReferences(actor, command);
    return toPlatformMessage(message, references, this.settings.publicUrl);
  }

  /** Edits a message. @returns the edited message @throws as `MessageEditor.edit` */
  edit(actor: Actor, which: NumberedMessage, changes: EditMessage): Promise<PlatformMessageDto> {
    return this.database.transactionThenRead(
      () => this.editor.edit(actor, which, changes),
      (message) => this.toDto(message),
    );
  }

  private async toDto(message: MessageEntity): Promise<PlatformMessageDto> {
    return toPlatformMessage(message, await this.messages.loadReferences([message]), this.settings.publicUrl);
  }
}
