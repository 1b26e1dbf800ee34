import { ApiProperty } from '@nestjs/swagger';

/** A token for the sockets of the chatbot connector. */
export class ClientBotAccessTokenDto {
  /** The token, a JSON Web Token. @example eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJlY2hvIn0.c2ln */
  token: string;

  /** Expiry time in milliseconds since 1970. @example 1767225600000 */
  @ApiProperty({ type: 'integer' })
  expiresAt: number;
}
