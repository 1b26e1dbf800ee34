import { Injectable } from '@nestjs/common';
import { Settings } from '../../../../core/config/settings.js';
import { Database } from '../../../../core/database/database.js';
import { CONNECTOR_CODE, ConnectorError } from '../../../../protocols/connector/connector-codes.js';
import type { Actor } from '../../../auth/index.js';
import { FilesService, UploadTasksService } from '../../../files/index.js';
import { noRight } from '../../chat.errors.js';
import { canManage, roleOf } from '../../chat-roles.js';
import { GroupsService } from '../../groups.service.js';
import { MemberChatsService } from '../../member-chats.service.js';

/** Sets uploaded images as chat avatars. */
@Injectable()
export class ConnectorAvatars {
  constructor(
    private readonly groups: GroupsService,
    private readonly views: MemberChatsService,
    private readonly uploads: UploadTasksService,
    private readonly files: FilesService,
    private readonly settings: Settings,
    private readonly database: Database,
  ) {}

  /** Claims the upload and sets the avatar in one transaction. */
  async change(actor: Actor, chatId: string, temporalFileId: string | undefined): Promise<void> {
    const { chat, member } = await this.views.get(actor, chatId);
    if (!canManage(roleOf(chat, member)) || chat.kind === 'favorites') throw noRight(chatId);
    if (temporalFileId === undefined)
      throw new ConnectorError(CONNECTOR_CODE.fileNotFound, 'The image was not uploaded.');
    await this.database.transaction(async () => {
      const file = await this.uploads.claim(actor, temporalFileId);
      if (file.kind !== 'image') throw new ConnectorError(CONNECTOR_CODE.uploadFailed, 'The file is not an image.');
      // The link keeps the file as long as the chat exists.
      await this.files.link([{ fileId: file.id, messageId: `avatar:${chatId}`, chatId }]);
      await this.groups.update(actor, chatId, { coverUrl: `${this.settings.publicUrl}/${file.path}` });
    });
  }
}
