import { Injectable } from '@nestjs/common';
import { ServiceConfig } from '../../../../core/config/service-config.js';
import { PLATFORM_CODES } from '../../../../protocols/platform/platform-codes.js';
import { fieldRequired, PlatformError } from '../../../../protocols/platform/platform.error.js';
import type { Actor } from '../../../auth/index.js';
import { type FileEntity, RemoteFiles } from '../../../files/index.js';
import type { SendMessage } from '../../message.types.js';
import type { PlatformMessageDto } from './messages.platform.dto.js';
import type { PlatformFileMessageDto } from './messages.platform.requests.dto.js';
import { MessagesPlatformViews } from './messages.platform.views.js';

/** Sends messages with their files, uploaded ones and fetched ones. */
@Injectable()
export class MessagesPlatformSender {
  constructor(
    private readonly views: MessagesPlatformViews,
    private readonly remote: RemoteFiles,
    private readonly config: ServiceConfig,
  ) {}

  /**
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
    return this.views.send(actor, { ...command, attachmentIds: await this.collectFileIds(actor, body, stored) });
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
