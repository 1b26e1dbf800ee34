import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import {
  IsInt,
  IsNotEmpty,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  Min,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { ClientPageDto } from '../../../../protocols/client/client.paging.dto.js';
import { IsHttpUrl } from '../../../../protocols/client/http-url.decorator.js';
import { MaxBytes } from '../../../../protocols/client/max-bytes.decorator.js';
import { toInteger } from '../../../../protocols/client/to-integer.js';
import { ClientAiDto } from '../../../ai/api/client/ai-settings.client.dto.js';
import { ClientChangeAiDto } from '../../../ai/api/client/change-ai.client.dto.js';

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

  /** Makes it a bot that a model answers for. */
  @Type(() => ClientChangeAiDto)
  @ValidateNested()
  @IsObject()
  @IsOptional()
  ai?: ClientChangeAiDto;
}

/** What a bot authorises itself with. */
export class ClientBotKeyDto {
  /** The whole value of the `Authorization` header of the Bot API. @example echo:5f0c6e1a9b3d47f28c1e0a6b9d2f4e8c7a5b3d1f */
  key: string;
}

/** A bot that was made just now. */
export class ClientCreatedBotDto extends ClientBotKeyDto {
  bot: ClientBotDto;

  /** How a model answers for it, with the secrets of its tools. Left out when none does. */
  ai?: ClientAiDto;
}

/** How a bot wants to present itself. What is left out, or empty, stays as it is. */
export class ClientEditBotDto {
  /** English letters, digits, spaces and dashes. No two bots have the same. @example "Sun and rain" */
  @ApiPropertyOptional({ maxLength: 32 })
  @Matches(/^[A-Za-z0-9 -]*$/, {
    message: 'bot name should contain upper/lower case English letters, spaces, dashes or numbers',
  })
  @MaxBytes(32, { message: 'bot name should not be longer than 32 characters' })
  @IsString()
  @IsOptional()
  name?: string;

  /** @example "Tells the weather." */
  @ApiPropertyOptional({ maxLength: 512 })
  @MaxBytes(512, { message: 'bot description should not be longer than 512 characters' })
  @IsString()
  @IsOptional()
  description?: string;

  /** An http or https address. @example https://example.com/weather.png */
  @ApiPropertyOptional({ maxLength: 256 })
  @MaxBytes(256, { message: 'bot avatar url should not be longer than 256 characters' })
  @IsHttpUrl({ message: 'specified url is not valid' })
  @IsString()
  @ValidateIf(({ avatar }: ClientEditBotDto) => avatar !== undefined && avatar !== '')
  avatar?: string;
}

/** A bot, as the admin sees it. */
export class ClientAdminBotDto extends ClientBotDto {
  /** A disabled bot is not listed, its key opens nothing, and it is told of nothing. @example false */
  isDisabled: boolean;

  /** Milliseconds since 1970. @example 1696758105336 */
  @ApiProperty({ type: 'integer' })
  createdAt: number;

  /** How the bot is driven: `webhook`, `callback` (Platform API), `connector`, `ai`. @example ["webhook"] */
  reachedBy: string[];
}

/** Which bots to list. */
export class ClientListAdminBotsDto extends ClientPageDto {
  /** Only bots that were made after the one with this id. @example echo */
  @ApiPropertyOptional({ maxLength: 80 })
  @IsString()
  @IsOptional()
  after?: string;
}

/** How to renew a key. */
export class ClientRenewKeyDto {
  /** Seconds for which the key before it stays good, so that a bot can be given the new one without a gap. @example 0 */
  @ApiPropertyOptional({ type: 'integer', minimum: 0, maximum: 604800 })
  @Transform(toInteger)
  @Max(604_800)
  @Min(0)
  @IsInt()
  overlap: number = 0;
}
