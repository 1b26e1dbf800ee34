import { ApiProperty } from '@nestjs/swagger';
import { IsNotEmpty, IsOptional, IsString, Matches } from 'class-validator';
import { MaxBytes } from '../../../../protocols/client/max-bytes.decorator.js';

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
