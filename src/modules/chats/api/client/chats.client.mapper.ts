import type { ChatEntity } from '../../chat.entity.js';
import type { ClientChatDto } from './chats.client.dto.js';

export const toClientChat = ({ id, userId, botId }: ChatEntity): ClientChatDto => ({
  id,
  userId: userId ?? '',
  botId: botId ?? '',
});
