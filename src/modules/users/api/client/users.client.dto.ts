import { IsString } from 'class-validator';

/** Who wants to log in. */
export class ClientCreateUserDto {
  /**
   * 3 to 32 bytes, unless the settings of the server say otherwise: English letters, digits, spaces and dashes. Need not be
   * unique.
   * @example Alice
   */
  @IsString()
  nickname: string = '';
}

/** A person. */
export class ClientUserDto {
  /** @example 01hc71yz5pny5bmf0b4055zbjw */
  id: string;

  /** @example Alice */
  nickname: string;
}
