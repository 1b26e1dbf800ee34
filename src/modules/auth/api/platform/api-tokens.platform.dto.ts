import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayNotEmpty, IsArray, IsIn, IsOptional } from 'class-validator';
import { IsMillis } from '../../../../protocols/platform/platform.fields.js';
import { ApiInt } from '../../../../protocols/platform/platform-openapi.js';
import { API_SCOPES, type ApiScope } from '../../scopes.js';

/** What a new secondary token may do, and for how long. The body may be absent. */
export class PlatformCreateApiTokenDto {
  static readonly bodyMayBeAbsent = true;

  /**
   * What the token allows. `write` includes `read`; `bots:token` shows `bot_token` and allows `bot_callback_url` to be set;
   * `users:token` issues session and access tokens of people. Left out: all of them.
   * @example ["bots:read", "messages:write"]
   */
  @ApiPropertyOptional({ enum: API_SCOPES, isArray: true, minItems: 1, maxItems: API_SCOPES.length })
  @IsIn(API_SCOPES, { each: true })
  @ArrayMaxSize(API_SCOPES.length)
  @ArrayNotEmpty()
  @IsArray()
  @IsOptional()
  scopes?: ApiScope[];

  /** When the token expires: milliseconds since 1970, at most 366 days from now. Left out: never. @example 1800000000000 */
  @IsMillis()
  @ApiPropertyOptional()
  @IsOptional()
  expires_at?: number;
}

/** A secondary token. */
export class PlatformApiTokenDto {
  /**
   * By which it can be revoked.
   * @example 01jd8zq3v5m6n7p8q9r0s1t2v3
   */
  id: string;

  /** What it allows. @example ["bots:read", "messages:read", "messages:write"] */
  @ApiProperty({ enum: API_SCOPES, isArray: true })
  scopes: ApiScope[];

  /**
   * Milliseconds since 1970.
   * @example 1790000100123
   */
  @ApiInt()
  created_at: number;

  /** Milliseconds since 1970; null for a token that does not expire. @example 1800000000000 */
  @ApiProperty({ type: 'integer', format: 'int64', nullable: true })
  expires_at: number | null;

  /** Milliseconds since 1970, to about a minute; null for a token that was never used. @example 1790000200123 */
  @ApiProperty({ type: 'integer', format: 'int64', nullable: true })
  last_used_at: number | null;
}

/** A secondary token that was just made: the only time that it is shown. */
export class PlatformNewApiTokenDto extends PlatformApiTokenDto {
  /**
   * Goes into the header `Api-Token`.
   * @example b1c0ffee00112233445566778899aabbccddeeff
   */
  token: string;
}

/** All secondary tokens. */
export class PlatformApiTokenListDto {
  api_tokens: PlatformApiTokenDto[];
}
