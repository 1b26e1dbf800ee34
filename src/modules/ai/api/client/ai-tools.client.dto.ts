import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  buildMessage,
  IsInt,
  IsNotEmpty,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateBy,
  type ValidationOptions,
} from 'class-validator';
import { IsHttpUrl } from '../../../../protocols/client/http-url.decorator.js';

const NAME = /^[a-zA-Z0-9_-]{1,64}$/;
/** 24 to 64 bytes. */
const SECRET = /^whsec_[A-Za-z0-9+/]{32,86}={0,2}$/;
const EXAMPLE = {
  type: 'object',
  properties: { city: { type: 'string', description: 'Where' } },
  required: ['city'],
};

const MAX_SCHEMA_BYTES = 8192;
const MAX_SCHEMA_DEPTH = 16;

/** Checks the type and size of a JSON schema. `ToolSchemaValidator` compiles it later. */
function isObjectSchema(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  if ((value as { type?: unknown }).type !== 'object' || depthOf(value) > MAX_SCHEMA_DEPTH) return false;
  return Buffer.byteLength(JSON.stringify(value)) <= MAX_SCHEMA_BYTES;
}

const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;

/** Validates that a value is a JSON schema of type `object`, within the limits of size and depth. */
const IsObjectSchema = (options?: ValidationOptions): PropertyDecorator =>
  ValidateBy(
    {
      name: 'isObjectSchema',
      validator: {
        validate: isObjectSchema,
        defaultMessage: buildMessage(
          (each) =>
            `${each}$property must be a JSON schema with the type "object", of ${MAX_SCHEMA_BYTES} bytes and a depth of ${MAX_SCHEMA_DEPTH} at most`,
          options,
        ),
      },
    },
    options,
  );

/** A tool: an HTTP endpoint that the model can call before it replies. */
export class ClientChangeAiToolDto {
  /** Unique name of the tool: letters, digits, `_` and `-`. @example get_weather */
  @ApiProperty({ minLength: 1, maxLength: 64, pattern: NAME.source })
  @Matches(NAME, { message: 'name must be 1 to 64 letters, digits, _ or -' })
  @IsString()
  name: string;

  /** Explains to the model what the tool does and when to call it. @example "Returns the weather in a city." */
  @ApiProperty({ maxLength: 1024 })
  @MaxLength(1024)
  @IsNotEmpty()
  @IsString()
  description: string;

  /** JSON schema of the arguments: an object of at most 8 KiB and a depth of 16. */
  @ApiProperty({ type: 'object', additionalProperties: true, example: EXAMPLE })
  @IsObjectSchema()
  parameters: Record<string, unknown>;

  /**
   * Public https address. It receives a POST with `{type, id, tool, arguments, botId, chatId, runId, createdAt}`, signed with `secret`.
   * The body of a 2xx response is passed to the model.
   * @example https://bots.example/weather
   */
  @ApiProperty({ maxLength: 1024 })
  @MaxLength(1024)
  @IsHttpUrl({ message: 'url must be an http or https address' })
  @IsString()
  url: string;

  /**
   * Signing secret (Standard Webhooks): `whsec_` and 24 to 64 bytes in base64. Absent: the stored secret of a tool with the same name
   * and origin (scheme, host and port) is kept, or a new one is created.
   * @example whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw
   */
  @ApiPropertyOptional({ maxLength: 94, pattern: SECRET.source })
  @Matches(SECRET, { message: 'secret must be whsec_ and 24 to 64 bytes in base64' })
  @IsString()
  @IsOptional()
  secret?: string;

  /** Timeout in milliseconds. Absent: `AI_TOOL_MS` of the server. @example 5000 */
  @ApiPropertyOptional({ type: 'integer', minimum: 100, maximum: 20_000 })
  @Max(20_000)
  @Min(100)
  @IsInt()
  @IsOptional()
  timeoutMs?: number;
}

/** A tool of a bot. */
export class ClientAiToolDto {
  /** Name of the tool. @example get_weather */
  name: string;

  /** What the tool does and when to call it. @example "Returns the weather in a city." */
  description: string;

  /** JSON schema of the arguments. */
  @ApiProperty({ type: 'object', additionalProperties: true, example: EXAMPLE })
  parameters: Record<string, unknown>;

  /** Address that receives the calls. @example https://bots.example/weather */
  url: string;

  /** Signing secret. Only in the response to the request that set or created it. @example whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw */
  secret?: string;

  /** Last characters of the secret. @example LaSw */
  secretEnd: string;

  /** Timeout in milliseconds. Absent if it is `AI_TOOL_MS` of the server. @example 5000 */
  @ApiPropertyOptional({ type: 'integer' })
  timeoutMs?: number;
}
