import { Injectable } from '@nestjs/common';
import { ServiceConfig } from '../../../../core/config/service-config.js';
import { PLATFORM_CODES } from '../../../../protocols/platform/platform-codes.js';
import { fieldRequired, PlatformError } from '../../../../protocols/platform/platform.error.js';
import type { Actor } from '../../../auth/index.js';
import { type FileEntity, RemoteFiles } from '../../../files/index.js';
import type { PlatformFileMessageDto } from './messages.platform.requests.dto.js';

/** Brings together the files of a message, from wherever they come. */
@Injectable()
export class MessageFiles {
  constructor(
    private readonly remote: RemoteFiles,
    private readonly config: ServiceConfig,
  ) {}

  /**
   * @param stored those that came with the request; those fetched from an address are added to them
   * @returns the ids of all, in their order
   * @throws PlatformError when a file message has none, or another one has some; DomainError as `RemoteFiles.fetch`
   */
  async collect(actor: Actor, body: PlatformFileMessageDto, stored: FileEntity[]): Promise<string[]> {
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
    // One after the other: those that were fetched before one that fails are known, and taken back.
    for (const { url, file_name } of addresses) stored.push(await this.remote.fetch(actor, url, file_name));
    return stored.map(({ id }) => id);
  }
}
