import { ApiProperty } from '@nestjs/swagger';
import { IsNotEmpty, IsOptional, IsString, Matches } from 'class-validator';
import { MaxBytes } from '../../../../protocols/client/max-bytes.decorator.js';

/** A word that a bot wants to offer. */
export class ClientAddCommandDto {
  /** Small English letters, digits, underscores and dashes. @example start */
  @ApiProperty({ minLength: 1, maxLength: 32, pattern: '^[a-z0-9_-]*$' })
  @Matches(/^[a-z0-9_-]*$/, {
    message: 'command alias should contain only lower case English letters, numbers, underscores and dashes',
  })
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
