import { Injectable } from '@nestjs/common';
import { Settings } from '../../../../core/config/settings.js';
import { Database, together } from '../../../../core/database/database.js';
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
  async one(actor: Actor, { chatId, num }: NumberedMessage): Promise<PlatformMessageDto> {
    return this.show(await this.messages.getByNum(actor, chatId, num));
  }

  /** @throws DomainError not_found `chat.not_found`, `message.not_found` */
  async list(actor: Actor, chatId: string, query: PlatformListMessagesQueryDto): Promise<PlatformMessageListDto> {
    const found = await this.messages.around(actor, toAroundQuery(chatId, query));
    const [surroundings, threads] = await together([
      this.messages.surroundings(found),
      query.include_thread_info ? this.messages.threads(found) : undefined,
    ]);
    const extras = { threads, parents: query.include_parent_message_info, reactions: query.include_reactions };
    return toMessageList(query.reverse ? found.reverse() : found, surroundings, this.settings.publicUrl, extras);
  }

  /** Sends a message. @returns the sent message @throws as `MessagesService.send` */
  async sent(actor: Actor, command: SendMessage): Promise<PlatformMessageDto> {
    const { message, surroundings } = await this.messages.sendAndLook(actor, command);
    return toPlatformMessage(message, surroundings, this.settings.publicUrl);
  }

  /** Edits a message. @returns the edited message @throws as `MessageEditor.edit` */
  edited(actor: Actor, which: NumberedMessage, changes: EditMessage): Promise<PlatformMessageDto> {
    return this.database.transactionThenRead(
      () => this.editor.edit(actor, which, changes),
      (message) => this.show(message),
    );
  }

  private async show(message: MessageEntity): Promise<PlatformMessageDto> {
    return toPlatformMessage(message, await this.messages.surroundings([message]), this.settings.publicUrl);
  }
}
