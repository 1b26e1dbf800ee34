import { ApiProperty } from '@nestjs/swagger';
import { IsNotEmpty, IsOptional, IsString, Matches } from 'class-validator';
import { MaxBytes } from '../../../../protocols/client/max-bytes.decorator.js';

/** A bot, as everybody may see it. */
export class ClientBotDto {
  /** @example echo */
  id: string;

  /** @example Echo */
  name: string;

  /** Left out when there is none. @example "Repeats what you say." */
  description?: string;

  /** Address of a picture. Left out when there is none. @example https://example.com/echo.png */
  avatar?: string;
}

/** A word that a bot offers to people, who send it as a message with a slash before it. */
export class ClientBotCommandDto {
  /** @example 01hcjd34adz1va07vk97jfjmgq */
  id: string;

  /** @example start */
  alias: string;

  /** Left out when there is none. @example "Start a conversation." */
  description?: string;
}

/** The bot that shall be made. */
export class ClientCreateBotDto {
  /** English letters, digits, spaces and dashes. No two bots have the same. @example "Weather bot" */
  @ApiProperty({ minLength: 1, maxLength: 32 })
  @Matches(/^[A-Za-z0-9 -]*$/, {
    message: 'bot name should contain upper/lower case English letters, spaces, dashes or numbers',
  })
  @MaxBytes(32, { message: 'bot name should not be longer than 32 characters' })
  @IsString()
  @IsNotEmpty({ message: 'bot name must not be empty' })
  name: string;

  /** A longer one is left out. @example "Tells the weather." */
  @ApiProperty({ maxLength: 512 })
  @IsOptional()
  @IsString()
  description?: string;

  /** An http or https address; anything else is left out. @example https://example.com/weather.png */
  @ApiProperty({ maxLength: 256 })
  @IsOptional()
  @IsString()
  avatar?: string;
}

/** What a bot authorises itself with. */
export class ClientBotKeyDto {
  /** The whole value of the `Authorization` header of the Bot API. @example echo:5f0c6e1a9b3d47f28c1e0a6b9d2f4e8c7a5b3d1f */
  key: string;
}

/** A bot that was made just now. */
export class ClientCreatedBotDto extends ClientBotKeyDto {
  bot: ClientBotDto;
}
