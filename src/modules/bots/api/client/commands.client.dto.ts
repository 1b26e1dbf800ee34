import { ApiProperty } from '@nestjs/swagger';
import { IsNotEmpty, IsOptional, IsString, Matches } from 'class-validator';
import { MaxBytes } from '../../../../protocols/client/max-bytes.decorator.js';

const ALIAS = /^[a-z0-9_-]*$/;
const ALIAS_CHARACTERS =
  'command alias should contain only lower case English letters, numbers, underscores and dashes';

/** A word that a bot wants to offer. */
export class ClientAddCommandDto {
  /** Small English letters, digits, underscores and dashes. @example start */
  @ApiProperty({ minLength: 1, maxLength: 32, pattern: '^[a-z0-9_-]*$' })
  @Matches(ALIAS, { message: ALIAS_CHARACTERS })
  @MaxBytes(32, { message: 'command alias should not be longer than 32 characters' })
  @IsString({ message: 'command alias must be a string' })
  @IsNotEmpty({ message: 'command alias must not be empty' })
  alias: string;

  /** @example "Start a conversation." */
  @ApiProperty({ maxLength: 128 })
  @MaxBytes(128, { message: 'command description should not be longer than 128 characters' })
  @IsString({ message: 'command description must be a string' })
  @IsOptional()
  description?: string;
}

/** What shall be changed of a command. */
export class ClientEditCommandDto {
  /** Small English letters, digits, underscores and dashes. Left out, or empty: as it is. @example begin */
  @ApiProperty({ maxLength: 32, pattern: '^[a-z0-9_-]*$' })
  @Matches(ALIAS, { message: ALIAS_CHARACTERS })
  @MaxBytes(32, { message: 'command alias should not be longer than 32 characters' })
  @IsString({ message: 'command alias must be a string' })
  @IsOptional()
  alias?: string;

  /** Left out, or empty: as it is. @example "Begin a conversation." */
  @ApiProperty({ maxLength: 128 })
  @MaxBytes(128, { message: 'command description should not be longer than 128 characters' })
  @IsString({ message: 'command description must be a string' })
  @IsOptional()
  description?: string;
}
