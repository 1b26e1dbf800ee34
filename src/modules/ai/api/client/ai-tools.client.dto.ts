import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsNotEmpty, IsOptional, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import { IsHttpUrl } from '../../../../protocols/client/http-url.decorator.js';
import { IsObjectSchema } from './object-schema.decorator.js';

const NAME = /^[a-zA-Z0-9_-]{1,64}$/;
/** 24 to 64 bytes. */
const SECRET = /^whsec_[A-Za-z0-9+/]{32,86}={0,2}$/;
const EXAMPLE = {
  type: 'object',
  properties: { city: { type: 'string', description: 'Where' } },
  required: ['city'],
};

/** Something that the model may have done before it answers, by a server of yours. */
export class ClientChangeAiToolDto {
  /** What the model calls it. Letters, digits, `_` and `-`; no two tools of a bot have the same. @example get_weather */
  @ApiProperty({ minLength: 1, maxLength: 64, pattern: NAME.source })
  @Matches(NAME, { message: 'name must be 1 to 64 letters, digits, _ or -' })
  @IsString()
  name: string;

  /** When the model is to ask for it, and what for. @example "Tells the weather in a city." */
  @ApiProperty({ maxLength: 1024 })
  @MaxLength(1024)
  @IsNotEmpty()
  @IsString()
  description: string;

  /** A JSON schema of what the model is to tell it: an object, of 8 KiB and a depth of 16 at most. */
  @ApiProperty({ type: 'object', additionalProperties: true, example: EXAMPLE })
  @IsObjectSchema()
  parameters: Record<string, unknown>;

  /**
   * Where it is asked: a POST with `{type, id, tool, arguments, botId, chatId, runId, createdAt}`, signed with `secret`. What it answers with
   * a status of 2xx is told to the model. An https address on the public internet.
   * @example https://bots.example/weather
   */
  @ApiProperty({ maxLength: 1024 })
  @MaxLength(1024)
  @IsHttpUrl({ message: 'url must be an http or https address' })
  @IsString()
  url: string;

  /**
   * Signs the calls as Standard Webhooks says: `whsec_` and 24 to 64 bytes in base64. Left out: the one that is known of a tool of this
   * name at the same server (scheme, host and port), or a new one.
   * @example whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw
   */
  @ApiPropertyOptional({ maxLength: 94, pattern: SECRET.source })
  @Matches(SECRET, { message: 'secret must be whsec_ and 24 to 64 bytes in base64' })
  @IsString()
  @IsOptional()
  secret?: string;

  /** Milliseconds in which it has to answer. Left out: as long as the server's `AI_TOOL_MS`. @example 5000 */
  @ApiPropertyOptional({ type: 'integer', minimum: 100, maximum: 20_000 })
  @Max(20_000)
  @Min(100)
  @IsInt()
  @IsOptional()
  timeoutMs?: number;
}

/** Something that the model may have done before it answers. */
export class ClientAiToolDto {
  /** @example get_weather */
  name: string;

  /** @example "Tells the weather in a city." */
  description: string;

  /** A JSON schema of what the model tells it. */
  @ApiProperty({ type: 'object', additionalProperties: true, example: EXAMPLE })
  parameters: Record<string, unknown>;

  /** @example https://bots.example/weather */
  url: string;

  /** What signs its calls. Only in the answer to the request that has set it, or has had it made. @example whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw */
  secret?: string;

  /** The last characters of that. @example LaSw */
  secretEnd: string;

  /** Milliseconds in which it has to answer. Left out when it is the server's `AI_TOOL_MS`. @example 5000 */
  @ApiPropertyOptional({ type: 'integer' })
  timeoutMs?: number;
}
