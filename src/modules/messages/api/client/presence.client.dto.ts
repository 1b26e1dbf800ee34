import { ApiProperty } from '@nestjs/swagger';

/** The read position of a member. */
export class ClientReadStateDto {
  /** The member. @example 01hc71yz5pny5bmf0b4055zbjw */
  userId: string;

  /** Time of the last read message in milliseconds since 1970; 0 if none was read. @example 1696758105336 */
  @ApiProperty({ type: 'integer' })
  readUntil: number;
}
