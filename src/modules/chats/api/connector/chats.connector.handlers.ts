import { Settings } from '../../../../core/config/settings.js';
import { Database } from '../../../../core/database/database.js';
import { CONNECTOR_CODE, ConnectorError } from '../../../../protocols/connector/connector-codes.js';
import { ConnectorIds } from '../../../../protocols/connector/connector-ids.js';
import {
  type ConnectorCall,
  ConnectorHandlers,
  ConnectorMethod,
} from '../../../../protocols/connector/connector-methods.js';
import { wrongPayload } from '../../../../protocols/connector/connector-payload.js';
import { ChatOverviewsService } from '../../../connector/index.js';
import { FilesService, UploadTasksService } from '../../../files/index.js';
import { ChatRemover } from '../../chat-remover.js';
import { canManage, roleOf } from '../../chat-roles.js';
import { noRight } from '../../chat.errors.js';
import { ChatsService } from '../../chats.service.js';
import { GroupsService } from '../../groups.service.js';
import { MemberChatsService } from '../../member-chats.service.js';
import {
  ConnectorAvatarDto,
  ConnectorChatDto,
  ConnectorChatsDto,
  ConnectorCreateChatDto,
  ConnectorTitleDto,
  ConnectorUserDto,
} from './chats.connector.dto.js';
import { toConnectorChat } from './chats.connector.mapper.js';

/** Upper bound of a page, so that the response fits into a frame. */
const MAX_CHATS = 100;

/** Sets uploaded images as chat avatars. */
@ConnectorHandlers()
export class AvatarsConnectorHandlers {
  constructor(
    private readonly groups: GroupsService,
    private readonly views: MemberChatsService,
    private readonly uploads: UploadTasksService,
    private readonly files: FilesService,
    private readonly settings: Settings,
    private readonly database: Database,
  ) {}

  /** Claims the upload and sets the avatar in one transaction. */
  @ConnectorMethod('editChatAvatar')
  async change({ actor }: ConnectorCall, { chatId, temporalFileId }: ConnectorAvatarDto): Promise<void> {
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

/** Chats of a bot: create, list, update and remove. */
@ConnectorHandlers()
export class ChatsConnectorHandlers {
  constructor(
    private readonly chats: ChatsService,
    private readonly groups: GroupsService,
    private readonly remover: ChatRemover,
    private readonly overviews: ChatOverviewsService,
    private readonly ids: ConnectorIds,
    private readonly settings: Settings,
  ) {}

  @ConnectorMethod('createP2PChat')
  async openPersonal({ actor }: ConnectorCall, { userId }: ConnectorUserDto) {
    const { chat } = await this.chats.getOrCreatePersonal(actor, this.ids.parse(userId));
    return { chatId: chat.id };
  }

  @ConnectorMethod('createGroupChat')
  async createGroup({ actor }: ConnectorCall, body: ConnectorCreateChatDto) {
    return { chatId: (await this.groups.create(actor, { kind: 'group', title: titleOf(body), userIds: [] })).id };
  }

  @ConnectorMethod('createChannel')
  async createChannel({ actor }: ConnectorCall, body: ConnectorCreateChatDto) {
    return { chatId: (await this.groups.create(actor, { kind: 'channel', title: titleOf(body), userIds: [] })).id };
  }

  @ConnectorMethod('createFavoritesChat')
  async openFavorites({ actor }: ConnectorCall) {
    return { chatId: (await this.chats.getOrCreateFavorites(actor)).id };
  }

  @ConnectorMethod('getChats')
  async list({ actor }: ConnectorCall, { count, page }: ConnectorChatsDto) {
    const limit = Math.min(count, MAX_CHATS);
    const overviews = await this.overviews.list(actor, limit, (page - 1) * limit);
    return overviews.map((overview) => toConnectorChat(overview, this.mapping));
  }

  @ConnectorMethod('getChatByID')
  async get({ actor }: ConnectorCall, { chatId }: ConnectorChatDto) {
    return toConnectorChat(await this.overviews.get(actor, chatId), this.mapping);
  }

  @ConnectorMethod('removeChat')
  async remove({ actor }: ConnectorCall, { chatId }: ConnectorChatDto) {
    await this.remover.remove(actor, chatId);
    return { chatId };
  }

  @ConnectorMethod('editChatTitle')
  async rename({ actor }: ConnectorCall, { chatId, ...body }: ConnectorTitleDto) {
    const { lastAt } = await this.groups.update(actor, chatId, { title: titleOf(body) });
    return { chatId, timestamp: lastAt.getTime() };
  }

  private get mapping() {
    return { ids: this.ids, publicUrl: this.settings.publicUrl };
  }
}

function titleOf({ title, name }: Pick<ConnectorCreateChatDto, 'title' | 'name'>): string {
  const given = (title ?? name ?? '').trim();
  if (given === '') throw wrongPayload('title should not be empty');
  return given;
}
