import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, MaxLength } from 'class-validator';

/** Request of a socket token. */
export class ConnectorTokenRequestDto {
  /** Client id. @example chat_bot */
  @ApiProperty({ maxLength: 256, default: 'chat_bot' })
  @MaxLength(256)
  @IsString()
  @IsOptional()
  client_id?: string;

  /** Ignored. @example "" */
  @ApiProperty({ required: false, maxLength: 256 })
  @MaxLength(256)
  @IsString()
  @IsOptional()
  client_secret?: string;

  /** Grant type. Only `password` is supported. @example password */
  @ApiProperty({ enum: ['password'] })
  @IsIn(['password'])
  grant_type: string;

  /** Bot id, with or without `@<domain>`. @example echo@chat.example.org */
  @ApiProperty({ maxLength: 512 })
  @MaxLength(512)
  @IsString()
  username: string;

  /** Bot token: the part of the bot's key after the colon. @example 0123456789abcdef0123456789abcdef01234567 */
  @ApiProperty({ maxLength: 512 })
  @MaxLength(512)
  @IsString()
  password: string;
}

/** A token for `auth` on the socket. */
export class ConnectorTokenDto {
  /** JSON Web Token. @example eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJlY2hvIn0.c2ln */
  access_token: string;

  /** Token type. @example JWT */
  token_type: string;

  /** Lifetime in seconds. @example 2592000 */
  @ApiProperty({ type: 'integer' })
  expires_in: number;

  /** Expiry as a Unix time in seconds. @example 1767225600 */
  @ApiProperty({ type: 'integer' })
  expires_at: number;
}

/** An error in the form of OAuth 2. */
export class ConnectorOAuthErrorDto {
  /** Error code of OAuth 2. @example invalid_grant */
  @ApiProperty({
    enum: ['invalid_request', 'invalid_client', 'invalid_grant', 'unsupported_grant_type', 'server_error'],
  })
  error: string;

  /** Error message. */
  @ApiProperty({ example: 'Unknown bot or wrong password.' })
  error_description: string;
}
