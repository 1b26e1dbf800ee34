import { ApiProperty } from '@nestjs/swagger';
import { IsNotEmpty, IsOptional, IsString, Matches } from 'class-validator';
import { IsHttpUrl } from '../../../../protocols/client/http-url.decorator.js';
import { MaxBytes } from '../../../../protocols/client/max-bytes.decorator.js';

/** The webhook to set. */
export class ClientSetWebhookDto {
  /** An http or https URL. @example https://example.com/webhook */
  @ApiProperty({ minLength: 1, maxLength: 128 })
  @MaxBytes(128, { message: 'webhook url should not be longer than 128 characters' })
  @IsHttpUrl({ message: 'specified url is not valid' })
  @IsString()
  @IsNotEmpty({ message: 'webhook url must not be empty' })
  url: string;

  /** Sent unchanged in the `Authorization` header of each webhook. Visible ASCII characters and spaces. @example s3cret */
  @ApiProperty({ maxLength: 64 })
  @Matches(/^[\x20-\x7e]*$/, { message: 'webhook secret should contain only visible ASCII characters and spaces' })
  @MaxBytes(64, { message: 'webhook secret should not be longer than 64 characters' })
  @IsString()
  @IsOptional()
  secret?: string;
}

/** The webhook of a bot. */
export class ClientWebhookDto {
  /** The bot's id. @example echo */
  botId: string;

  /** The URL to which messages are posted. @example https://example.com/webhook */
  url: string;

  /** The value of the `Authorization` header. Omitted if there is none. @example s3cret */
  secret?: string;

  /**
   * The key that signs each webhook as defined by Standard Webhooks (`webhook-id`, `webhook-timestamp`, `webhook-signature`). It stays
   * the same when the URL changes.
   * @example whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw8vWzK4eTkUg=
   */
  signingSecret: string;
}
