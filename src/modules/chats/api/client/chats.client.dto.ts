import { IsNotEmpty, IsString } from 'class-validator';
import type { ChatEntity } from '../../chat.entity.js';

/** A chat to create. */
export class ClientCreateChatDto {
  /** The id of the bot. @example echo */
  @IsString()
  @IsNotEmpty({ message: 'bot id must not be empty' })
  botId: string;
}

/** Filter of the user's chats. */
export class ClientListChatsDto {
  /** The id of the bot. @example echo */
  @IsString()
  @IsNotEmpty({ message: 'Bot ID is required.' })
  bot_id: string;
}

/** Filter of the bot's chats. */
export class ClientListUsersChatsDto {
  /** The id of the user. @example 01hc71yz5pny5bmf0b4055zbjw */
  @IsString()
  @IsNotEmpty({ message: 'User ID is required.' })
  user_id: string;
}

/** A chat of a person with a bot. */
export class ClientChatDto {
  /** The id of the chat. @example 01hc7aa947s4fdwywwjqr14wh7 */
  id: string;

  /** The id of the person. @example 01hc71yz5pny5bmf0b4055zbjw */
  userId: string;

  /** The id of the bot. @example echo */
  botId: string;
}

export const toClientChat = ({ id, userId, botId }: ChatEntity): ClientChatDto => ({
  id,
  userId: userId ?? '',
  botId: botId ?? '',
});
