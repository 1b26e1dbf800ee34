import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean, IsOptional, IsString } from 'class-validator';
import type { UserEntity } from '../../user.entity.js';

/** A user to create. */
export class ClientCreateUserDto {
  /** The nickname: English letters, digits, spaces and dashes. Need not be unique. Settings define the limits. @example Alice */
  @ApiProperty({ required: true, minLength: 3, maxLength: 32, pattern: '^[A-Za-z0-9 -]*$' })
  @IsString()
  @IsOptional() // absent: rejected as too short
  nickname?: string;
}

/** Options of a logout. */
export class ClientLogOutDto {
  /** Ends all sessions of the user instead of only this one. @example false */
  @ApiPropertyOptional()
  @Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value))
  @IsBoolean()
  everywhere: boolean = false;
}

/** A person. */
export class ClientUserDto {
  /** The id of the user. @example 01hc71yz5pny5bmf0b4055zbjw */
  id: string;

  /** The nickname. @example Alice */
  nickname: string;
}

export const toClientUser = ({ id, nickname }: UserEntity): ClientUserDto => ({ id, nickname });
