import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean, IsOptional, IsString } from 'class-validator';

/** Who wants to log in. */
export class ClientCreateUserDto {
  /** English letters, digits, spaces and dashes. Need not be unique. The limits are those of the settings. @example Alice */
  @ApiProperty({ required: true, minLength: 3, maxLength: 32, pattern: '^[A-Za-z0-9 -]*$' })
  @IsString()
  @IsOptional() // an absent one is a short one
  nickname?: string;
}

/** Where to log out. */
export class ClientLogOutDto {
  /** Whether all sessions of the user shall end, and not only this one. @example false */
  @ApiPropertyOptional()
  @Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value))
  @IsBoolean()
  everywhere: boolean = false;
}

/** A person. */
export class ClientUserDto {
  /** @example 01hc71yz5pny5bmf0b4055zbjw */
  id: string;

  /** @example Alice */
  nickname: string;
}
