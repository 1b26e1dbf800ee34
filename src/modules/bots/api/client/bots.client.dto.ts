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

/** The public profile of a bot. */
export class ClientBotDto {
  /** The bot's id. @example echo */
  id: string;

  /** The bot's name. @example Echo */
  name: string;

  /** Omitted if the bot has none. @example "Repeats what you say." */
  description?: string;

  /** URL of an image. Omitted if the bot has none. @example https://example.com/echo.png */
  avatar?: string;
}

/** A command of a bot. Users send it as a message with a leading slash. */
export class ClientBotCommandDto {
  /** The command's id. @example 01hcjd34adz1va07vk97jfjmgq */
  id: string;

  /** The command without its slash. @example start */
  alias: string;

  /** Omitted if the command has none. @example "Start a conversation." */
  description?: string;
}

/** The bot to create. */
export class ClientCreateBotDto {
  /** English letters, digits, spaces and dashes. Unique among bots. @example "Weather bot" */
  @ApiProperty({ minLength: 1, maxLength: 32 })
  @Matches(/^[A-Za-z0-9 -]*$/, {
    message: 'bot name should contain upper/lower case English letters, spaces, dashes or numbers',
  })
  @MaxBytes(32, { message: 'bot name should not be longer than 32 characters' })
  @IsString()
  @IsNotEmpty({ message: 'bot name must not be empty' })
  name: string;

  /** Ignored if longer than 512 bytes. @example "Reports the weather." */
  @ApiProperty({ maxLength: 512 })
  @IsOptional()
  @IsString()
  description?: string;

  /** An http or https URL; any other value is ignored. @example https://example.com/weather.png */
  @ApiProperty({ maxLength: 256 })
  @IsOptional()
  @IsString()
  avatar?: string;

  /** AI settings. With them, a model replies for the bot. */
  @Type(() => ClientChangeAiDto)
  @ValidateNested()
  @IsObject()
  @IsOptional()
  ai?: ClientChangeAiDto;
}

/** The credential of a bot. */
export class ClientBotKeyDto {
  /** The whole value of the `Authorization` header of the Bot API. @example echo:5f0c6e1a9b3d47f28c1e0a6b9d2f4e8c7a5b3d1f */
  key: string;
}

/** A newly created bot. */
export class ClientCreatedBotDto extends ClientBotKeyDto {
  /** The bot. */
  bot: ClientBotDto;

  /** The AI settings, with the secrets of the tools. Omitted if no model replies for the bot. */
  ai?: ClientAiDto;
}

/** The profile fields to change. Omitted or empty fields stay unchanged. */
export class ClientEditBotDto {
  /** English letters, digits, spaces and dashes. Unique among bots. @example "Sun and rain" */
  @ApiPropertyOptional({ maxLength: 32 })
  @Matches(/^[A-Za-z0-9 -]*$/, {
    message: 'bot name should contain upper/lower case English letters, spaces, dashes or numbers',
  })
  @MaxBytes(32, { message: 'bot name should not be longer than 32 characters' })
  @IsString()
  @IsOptional()
  name?: string;

  /** The bot's description. @example "Reports the weather." */
  @ApiPropertyOptional({ maxLength: 512 })
  @MaxBytes(512, { message: 'bot description should not be longer than 512 characters' })
  @IsString()
  @IsOptional()
  description?: string;

  /** An http or https URL. @example https://example.com/weather.png */
  @ApiPropertyOptional({ maxLength: 256 })
  @MaxBytes(256, { message: 'bot avatar url should not be longer than 256 characters' })
  @IsHttpUrl({ message: 'specified url is not valid' })
  @IsString()
  @ValidateIf(({ avatar }: ClientEditBotDto) => avatar !== undefined && avatar !== '')
  avatar?: string;
}

/** A bot as the admin sees it. */
export class ClientAdminBotDto extends ClientBotDto {
  /** A disabled bot is not listed, its key is rejected, and it receives no events. @example false */
  isDisabled: boolean;

  /** Creation time in milliseconds since 1970. @example 1696758105336 */
  @ApiProperty({ type: 'integer' })
  createdAt: number;

  /** The transports of the bot: `webhook`, `callback` (Platform API), `connector`, `ai`. @example ["webhook"] */
  reachedBy: string[];
}

/** The page of bots to list. */
export class ClientListAdminBotsDto extends ClientPageDto {
  /** Return only bots created after the bot with this id. @example echo */
  @ApiPropertyOptional({ maxLength: 80 })
  @IsString()
  @IsOptional()
  after?: string;
}

/** Options of a key rotation. */
export class ClientRenewKeyDto {
  /** Seconds for which the previous key stays valid, so that the bot can switch to the new key without a gap. @example 0 */
  @ApiPropertyOptional({ type: 'integer', minimum: 0, maximum: 604800 })
  @Transform(toInteger)
  @Max(604_800)
  @Min(0)
  @IsInt()
  overlap: number = 0;
}

/** A token for the sockets of the chatbot connector. */
export class ClientBotAccessTokenDto {
  /** The token, a JSON Web Token. @example eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJlY2hvIn0.c2ln */
  token: string;

  /** Expiry time in milliseconds since 1970. @example 1767225600000 */
  @ApiProperty({ type: 'integer' })
  expiresAt: number;
}

const ALIAS = /^[a-z0-9_-]*$/;
const ALIAS_CHARACTERS =
  'command alias should contain only lower case English letters, numbers, underscores and dashes';

/** A command to add. */
export class ClientAddCommandDto {
  /** Lower-case English letters, digits, underscores and dashes. @example start */
  @ApiProperty({ minLength: 1, maxLength: 32, pattern: '^[a-z0-9_-]*$' })
  @Matches(ALIAS, { message: ALIAS_CHARACTERS })
  @MaxBytes(32, { message: 'command alias should not be longer than 32 characters' })
  @IsString({ message: 'command alias must be a string' })
  @IsNotEmpty({ message: 'command alias must not be empty' })
  alias: string;

  /** The command's description. @example "Start a conversation." */
  @ApiProperty({ maxLength: 128 })
  @MaxBytes(128, { message: 'command description should not be longer than 128 characters' })
  @IsString({ message: 'command description must be a string' })
  @IsOptional()
  description?: string;
}

/** The command fields to change. */
export class ClientEditCommandDto {
  /** Lower-case English letters, digits, underscores and dashes. Unchanged if omitted or empty. @example begin */
  @ApiProperty({ maxLength: 32, pattern: '^[a-z0-9_-]*$' })
  @Matches(ALIAS, { message: ALIAS_CHARACTERS })
  @MaxBytes(32, { message: 'command alias should not be longer than 32 characters' })
  @IsString({ message: 'command alias must be a string' })
  @IsOptional()
  alias?: string;

  /** Unchanged if omitted or empty. @example "Begin a conversation." */
  @ApiProperty({ maxLength: 128 })
  @MaxBytes(128, { message: 'command description should not be longer than 128 characters' })
  @IsString({ message: 'command description must be a string' })
  @IsOptional()
  description?: string;
}

/** The webhook to set. */
export class ClientSetWebhookDto {
  /** An http or https URL. @example https://example.com/webhook */
  @ApiProperty({ minLength: 1, maxLength: 128 })
  @MaxBytes(128, { message: 'webhook url should not be longer than 128 characters' })
  @IsHttpUrl({ message: 'specified url is not valid' })
  @IsString()
  @IsNotEmpty({ message: 'webhook url must not be empty' })
  url: string;

  /** Sent unchanged in the `Authorization` header of each webhook. Visible ASCII characters and spaces. @example s3cret */
  @ApiProperty({ maxLength: 64 })
  @Matches(/^[\x20-\x7e]*$/, { message: 'webhook secret should contain only visible ASCII characters and spaces' })
  @MaxBytes(64, { message: 'webhook secret should not be longer than 64 characters' })
  @IsString()
  @IsOptional()
  secret?: string;
}

/** The webhook of a bot. */
export class ClientWebhookDto {
  /** The bot's id. @example echo */
  botId: string;

  /** The URL to which messages are posted. @example https://example.com/webhook */
  url: string;

  /** The value of the `Authorization` header. Omitted if there is none. @example s3cret */
  secret?: string;

  /**
   * The key that signs each webhook as defined by Standard Webhooks (`webhook-id`, `webhook-timestamp`, `webhook-signature`). It stays
   * the same when the URL changes.
   * @example whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw8vWzK4eTkUg=
   */
  signingSecret: string;
}
