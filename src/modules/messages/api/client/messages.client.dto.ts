import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsArray, IsInt, IsOptional, IsString } from 'class-validator';
import { ClientFileDto } from '../../../files/api/client/files.client.dto.js';

/** The first value of a repeated parameter counts. */
const first = (value: unknown): unknown => (Array.isArray(value) ? value[0] : value);

/** The contract treats a value that is not an integer as omitted. */
const wholeNumberOr =
  (fallback: number) =>
  ({ value }: { value: unknown }): number => {
    const text = String(first(value));
    return /^[+-]?\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : fallback;
  };

/** The message to send. */
export class ClientSendMessageDto {
  /** The chat. @example 01hc7aa947s4fdwywwjqr14wh7 */
  @ApiProperty({ required: true })
  @IsString()
  @IsOptional() // an absent one is an unknown one
  chatId?: string;

  /** The text; may be empty. The limit counts bytes and is a setting. @example "Hello World!" */
  @ApiPropertyOptional({ maxLength: 4096 })
  @IsString()
  body: string = '';

  /** Ids of files that the sender uploaded or sees in a message; others are ignored. The limit is a setting. @example [] */
  @ApiPropertyOptional({ maxItems: 10 })
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? [value] : value)) // a form with a single value
  @IsString({ each: true })
  @IsArray()
  attachmentIds: string[] = [];
}

/** The new content of a message. */
export class ClientEditMessageDto {
  /** The new text. The limit counts bytes and is a setting. @example "Hello, World!" */
  @ApiPropertyOptional({ maxLength: 4096 })
  @IsString()
  body: string = '';
}

/** The page of messages to list. */
export class ClientListMessagesDto {
  /** Number of the page. Page 1 has the newest messages, each further page older ones. @example 1 */
  @ApiPropertyOptional({ type: 'integer' })
  @Transform(wholeNumberOr(1))
  @IsInt()
  page: number = 1;

  /** Messages per page, capped at 1000. @example 20 */
  @ApiPropertyOptional({ type: 'integer' })
  @Transform(wholeNumberOr(20))
  @IsInt()
  limit: number = 20;

  /** Return only messages of this user or bot. @example echo */
  @Transform(({ value }: { value: unknown }) => first(value))
  @IsString()
  @IsOptional()
  sender_id?: string;

  /** Return only messages later than this time, in milliseconds since 1970. 0 for all. @example 0 */
  @ApiPropertyOptional({ type: 'integer' })
  @Transform(wholeNumberOr(0))
  @IsInt()
  since: number = 0;
}

/** An action that clients can offer for a reply. */
export class ClientReplyActionDto {
  /**
   * `regenerate`: generate another reply by `POST chat/{id}/ai/regenerate?draftId=...`; `continue`: generate the rest of this reply by
   * `POST chat/{id}/ai/continue?draftId=...`. The reply replaces this message.
   * @example regenerate
   */
  @ApiProperty({ enum: ['regenerate', 'continue'] })
  type: string;

  /** Earliest useful time in milliseconds since 1970. Omitted if the action can be taken at once. @example 1696758165336 */
  @ApiPropertyOptional({ type: 'integer' })
  notBefore?: number;
}

/** The final state of a reply of a model. */
export class ClientReplyDto {
  /** The draft from which the reply was made. @example 01hc7akt8z3w2a5ayfcrvkfy52 */
  draftId: string;

  /** The final state; `notice` is a message that the bot sends instead of a reply. @example completed */
  @ApiProperty({ enum: ['completed', 'interrupted', 'stopped', 'notice'] })
  state: string;

  /** For a notice: the reason why there is no reply. Omitted otherwise. @example ai_rate_limited */
  code?: string;

  /** Actions that clients can offer as buttons, after an interruption or a temporary error. Omitted if there are none. */
  actions?: ClientReplyActionDto[];
}

/** A message of a page. The page has the id of the chat. */
export class ClientPageMessageDto {
  /** The message's id. @example 01hc7akt8z3w2a5ayfcrvkfy52 */
  id: string;

  /** The user or bot that sent the message; empty for an API credential. @example 01hc71yz5pny5bmf0b4055zbjw */
  senderId: string;

  /** The text. @example "Hello World!" */
  body: string;

  /** The attached files in upload order. Omitted if there are none. */
  attachments?: ClientFileDto[];

  /** Only for replies of a model. */
  answer?: ClientReplyDto;

  /** Time of the message in milliseconds since 1970. Unique within a chat. @example 1696758105336 */
  @ApiProperty({ type: 'integer' })
  timestamp: number;
}

/** A message. */
export class ClientMessageDto extends ClientPageMessageDto {
  /** The chat of the message. @example 01hc7aa947s4fdwywwjqr14wh7 */
  chatId: string;
}

/** A page of a chat's messages, counted from the newest message. */
export class ClientMessagePageDto {
  /** The chat. @example 01hc7aa947s4fdwywwjqr14wh7 */
  chatId: string;

  /** The number of matching messages on all pages. @example 1 */
  @ApiProperty({ type: 'integer' })
  total: number;

  /** The requested page. @example 1 */
  @ApiProperty({ type: 'integer' })
  page: number;

  /** The requested limit. @example 20 */
  @ApiProperty({ type: 'integer' })
  limit: number;

  /** The messages, oldest first. */
  messages: ClientPageMessageDto[];
}

/** A single message as returned to a bot, with the ids of its files. */
export class ClientStoredMessageDto {
  /** The message's id. @example 01hc7akt8z3w2a5ayfcrvkfy52 */
  id: string;

  /** The chat of the message. @example 01hc7aa947s4fdwywwjqr14wh7 */
  chatId: string;

  /** The user or bot that sent the message; empty for an API credential. @example 01hc71yz5pny5bmf0b4055zbjw */
  senderId: string;

  /** The text. @example "Hello World!" */
  body: string;

  /** The ids of the attached files. Omitted if there are none. @example ["01hc79xqtqhd4jtzceyxstxgh7"] */
  attachmentIds?: string[];

  /** Time of the message in milliseconds since 1970. @example 1696758105336 */
  @ApiProperty({ type: 'integer' })
  timestamp: number;
}

/** The read position of a member. */
export class ClientReadStateDto {
  /** The member. @example 01hc71yz5pny5bmf0b4055zbjw */
  userId: string;

  /** Time of the last read message in milliseconds since 1970; 0 if none was read. @example 1696758105336 */
  @ApiProperty({ type: 'integer' })
  readUntil: number;
}
