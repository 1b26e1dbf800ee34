import { Injectable } from '@nestjs/common';
import { ServiceConfig } from '../../../../core/config/service-config.js';
import { Settings } from '../../../../core/config/settings.js';
import { Database, settleAll } from '../../../../core/database/database.js';
import { PLATFORM_CODES } from '../../../../protocols/platform/platform-codes.js';
import { fieldRequired, PlatformError } from '../../../../protocols/platform/platform.error.js';
import type { Actor } from '../../../auth/index.js';
import { type FileEntity, RemoteFiles } from '../../../files/index.js';
import { MessageEditor } from '../../message-editor.js';
import type { MessageEntity } from '../../message.entity.js';
import type { EditMessage, SendMessage } from '../../message.types.js';
import { MessagesService } from '../../messages.service.js';
import type { PlatformMessageDto, PlatformMessageListDto } from './messages.platform.dto.js';
import type { PlatformListMessagesQueryDto } from './messages.platform.lists.dto.js';
import { toMessageList, toPlatformMessage } from './messages.platform.mapper.js';
import type { PlatformFileMessageDto } from './messages.platform.requests.dto.js';
import { type NumberedMessage, toAroundQuery } from './messages.platform.requests.mapper.js';

/** Messages of the Platform API, with all that they refer to. */
@Injectable()
export class MessagesPlatformViews {
  constructor(
    private readonly messages: MessagesService,
    private readonly editor: MessageEditor,
    private readonly remote: RemoteFiles,
    private readonly config: ServiceConfig,
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

  /**
   * Sends a message with its files, uploaded ones and fetched ones.
   *
   * @param body contains the file URLs
   * @param stored the uploaded files of the request; fetched files are added to it
   * @returns the sent message
   * @throws PlatformError if a file message has no file, or another message has files; DomainError as `RemoteFiles.fetch` and
   *   `MessagesService.send`
   */
  async send(
    actor: Actor,
    command: SendMessage,
    body: PlatformFileMessageDto,
    stored: FileEntity[],
  ): Promise<PlatformMessageDto> {
    const attachmentIds = await this.collectFileIds(actor, body, stored);
    const { message, references } = await this.messages.sendWithReferences(actor, { ...command, attachmentIds });
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

  /** @returns the ids of all files, in their order */
  private async collectFileIds(actor: Actor, body: PlatformFileMessageDto, stored: FileEntity[]): Promise<string[]> {
    const addresses = [...(body.url ? [{ url: body.url, file_name: body.file_name }] : []), ...(body.files ?? [])];
    const count = stored.length + addresses.length;
    if (body.message_type !== 'FILE') {
      if (count > 0)
        throw new PlatformError(PLATFORM_CODES.invalid, 'message_type must be FILE for a message with files.');
      return [];
    }
    if (count === 0) throw fieldRequired('file');
    const limit = this.config.limits.message.maxAttachedFiles;
    if (count > limit) throw new PlatformError(PLATFORM_CODES.tooMany, `A message may have ${limit} files at most.`);
    // Sequential: when a fetch fails, the files fetched before it are known and removed again.
    for (const { url, file_name } of addresses) stored.push(await this.remote.fetch(actor, url, file_name));
    return stored.map(({ id }) => id);
  }
}
