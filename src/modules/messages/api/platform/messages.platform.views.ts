import { Injectable } from '@nestjs/common';
import { Settings } from '../../../../core/config/settings.js';
import { type UserEntity, UsersService } from '../../../users/index.js';
import type { MessageEntity } from '../../message.entity.js';
import { MessagesService } from '../../messages.service.js';
import type { PlatformMessageDto } from './messages.platform.dto.js';
import { toPlatformMessage } from './messages.platform.mapper.js';

/** Messages as this face shows them, with the users, files and messages that they name: three queries at most for any number. */
@Injectable()
export class MessagesPlatformViews {
  constructor(
    private readonly messages: MessagesService,
    private readonly users: UsersService,
    private readonly settings: Settings,
  ) {}

  /** @param known users that were read already */
  async one(message: MessageEntity, known: readonly UserEntity[] = []): Promise<PlatformMessageDto> {
    const [view] = await this.many([message], known);
    return view;
  }

  async many(messages: readonly MessageEntity[], known: readonly UserEntity[] = []): Promise<PlatformMessageDto[]> {
    const [users, files, parents] = await Promise.all([
      this.usersOf(messages, known),
      this.messages.attachments(messages),
      this.messages.findMany(messages.flatMap(({ parentId }) => parentId ?? [])),
    ]);
    const parentNums = new Map([...parents.values()].map(({ id, num }) => [id, num]));
    const { publicUrl } = this.settings;
    return messages.map((message) => toPlatformMessage(message, { users, files, parentNums, publicUrl }));
  }

  private async usersOf(
    messages: readonly MessageEntity[],
    known: readonly UserEntity[],
  ): Promise<Map<string, UserEntity>> {
    const users = new Map(known.map((user) => [user.id, user]));
    const named = messages.flatMap(({ senderId, mentionedIds }) => [
      ...mentionedIds,
      ...(senderId === null ? [] : [senderId]),
    ]);
    const missing = await this.users.findMany(named.filter((id) => !users.has(id)));
    return new Map([...users, ...missing]);
  }
}
