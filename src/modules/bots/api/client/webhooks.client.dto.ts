import { ApiProperty } from '@nestjs/swagger';
import { IsNotEmpty, IsOptional, IsString, Matches } from 'class-validator';
import { IsHttpUrl } from '../../../../protocols/client/http-url.decorator.js';
import { MaxBytes } from '../../../../protocols/client/max-bytes.decorator.js';

/** Where a bot wants to hear of messages. */
export class ClientSetWebhookDto {
  /** An http or https address. @example https://example.com/webhook */
  @ApiProperty({ minLength: 1, maxLength: 128 })
  @MaxBytes(128, { message: 'webhook url should not be longer than 128 characters' })
  @IsHttpUrl({ message: 'specified url is not valid' })
  @IsString()
  @IsNotEmpty({ message: 'webhook url must not be empty' })
  url: string;

  /** Sent as it is in the `Authorization` header of each webhook. Visible ASCII characters and spaces. @example s3cret */
  @ApiProperty({ maxLength: 64 })
  @Matches(/^[\x20-\x7e]*$/, { message: 'webhook secret should contain only visible ASCII characters and spaces' })
  @MaxBytes(64, { message: 'webhook secret should not be longer than 64 characters' })
  @IsString()
  @IsOptional()
  secret?: string;
}

/** Where a bot hears of messages. */
export class ClientWebhookDto {
  /** @example echo */
  botId: string;

  /** @example https://example.com/webhook */
  url: string;

  /** What is sent in the `Authorization` header. Left out when there is none. @example s3cret */
  secret?: string;

  /**
   * Signs each webhook as Standard Webhooks says (`webhook-id`, `webhook-timestamp`, `webhook-signature`). It stays when the
   * address changes.
   * @example whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw8vWzK4eTkUg=
   */
  signingSecret: string;
}
