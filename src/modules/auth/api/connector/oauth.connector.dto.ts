import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, MaxLength } from 'class-validator';

/** A bot that asks for a token. */
export class ConnectorTokenRequestDto {
  /** @example chat_bot */
  @ApiProperty({ maxLength: 256, default: 'chat_bot' })
  @MaxLength(256)
  @IsString()
  @IsOptional()
  client_id?: string;

  /** Not looked at. @example "" */
  @ApiProperty({ required: false, maxLength: 256 })
  @MaxLength(256)
  @IsString()
  @IsOptional()
  client_secret?: string;

  /** The only one that there is. @example password */
  @ApiProperty({ enum: ['password'] })
  @IsIn(['password'])
  grant_type: string;

  /** The bot's id, with or without `@<domain>`. @example echo@chat.example.org */
  @ApiProperty({ maxLength: 512 })
  @MaxLength(512)
  @IsString()
  username: string;

  /** The bot's token: the half of its key behind the colon. @example 0123456789abcdef0123456789abcdef01234567 */
  @ApiProperty({ maxLength: 512 })
  @MaxLength(512)
  @IsString()
  password: string;
}

/** The token that `auth` on the socket asks for. */
export class ConnectorTokenDto {
  /** A JSON Web Token. @example eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJlY2hvIn0.c2ln */
  access_token: string;

  /** @example JWT */
  token_type: string;

  /** Seconds that it is good for. @example 2592000 */
  @ApiProperty({ type: 'integer' })
  expires_in: number;

  /** Seconds since 1970. @example 1767225600 */
  @ApiProperty({ type: 'integer' })
  expires_at: number;
}

/** Why no token is given, as OAuth 2 words it. */
export class ConnectorOAuthErrorDto {
  /** @example invalid_grant */
  @ApiProperty({
    enum: ['invalid_request', 'invalid_client', 'invalid_grant', 'unsupported_grant_type', 'server_error'],
  })
  error: string;

  /** For people. */
  @ApiProperty({ example: 'The bot is unknown, or the password is not its token.' })
  error_description: string;
}
