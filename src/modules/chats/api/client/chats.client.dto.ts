import { IsNotEmpty, IsString } from 'class-validator';

/** With whom to chat. */
export class ClientCreateChatDto {
  /** The bot. @example echo */
  @IsString()
  @IsNotEmpty({ message: 'bot id must not be empty' })
  botId: string;
}

/** Which chats to list. */
export class ClientListChatsDto {
  /** The bot. @example echo */
  @IsString()
  @IsNotEmpty({ message: 'Bot ID is required.' })
  bot_id: string;
}

/** Whose chats to list. */
export class ClientListUsersChatsDto {
  /** The user. @example 01hc71yz5pny5bmf0b4055zbjw */
  @IsString()
  @IsNotEmpty({ message: 'User ID is required.' })
  user_id: string;
}

/** A chat of a person with a bot. */
export class ClientChatDto {
  /** @example 01hc7aa947s4fdwywwjqr14wh7 */
  id: string;

  /** @example 01hc71yz5pny5bmf0b4055zbjw */
  userId: string;

  /** @example echo */
  botId: string;
}
