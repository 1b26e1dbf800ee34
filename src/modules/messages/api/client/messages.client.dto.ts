import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsArray, IsInt, IsOptional, IsString } from 'class-validator';
import { ClientFileDto } from '../../../files/api/client/files.client.dto.js';

/** A parameter that is given several times counts as given once. */
const first = (value: unknown): unknown => (Array.isArray(value) ? value[0] : value);

/** The contract takes whatever is not a whole number for not given. */
const wholeNumberOr =
  (fallback: number) =>
  ({ value }: { value: unknown }): number => {
    const text = String(first(value));
    return /^[+-]?\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : fallback;
  };

/** What to say, and where. */
export class ClientSendMessageDto {
  /** @example 01hc7aa947s4fdwywwjqr14wh7 */
  @ApiProperty({ required: true })
  @IsString()
  @IsOptional() // an absent one is an unknown one
  chatId?: string;

  /** May be empty. The limit is in bytes, and that of the settings. @example "Hello World!" */
  @ApiPropertyOptional({ maxLength: 4096 })
  @IsString()
  body: string = '';

  /** Ids of files that the sender has uploaded, or sees in a message; others are left out. The limit is that of the settings. @example [] */
  @ApiPropertyOptional({ maxItems: 10 })
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? [value] : value)) // a form with one of them
  @IsString({ each: true })
  @IsArray()
  attachmentIds: string[] = [];
}

/** Which messages of a chat to show. */
export class ClientListMessagesDto {
  /** 1 has the newest messages, and each further page older ones. @example 1 */
  @ApiPropertyOptional({ type: 'integer' })
  @Transform(wholeNumberOr(1))
  @IsInt()
  page: number = 1;

  /** Messages on a page: 1000 at most, whatever is asked for. @example 20 */
  @ApiPropertyOptional({ type: 'integer' })
  @Transform(wholeNumberOr(20))
  @IsInt()
  limit: number = 20;

  /** Only messages of this user or bot. @example echo */
  @Transform(({ value }: { value: unknown }) => first(value))
  @IsString()
  @IsOptional()
  sender_id?: string;

  /** Only messages later than this, in milliseconds since 1970. 0 for all. @example 0 */
  @ApiPropertyOptional({ type: 'integer' })
  @Transform(wholeNumberOr(0))
  @IsInt()
  since: number = 0;
}

/** What whoever reads an answer may ask for. */
export class ClientAnswerActionDto {
  /**
   * `regenerate`: another answer, by `POST chat/{id}/ai/regenerate?draftId=...`; `continue`: the rest of this one, by
   * `POST chat/{id}/ai/continue?draftId=...`. The answer takes the place of this message.
   * @example regenerate
   */
  @ApiProperty({ enum: ['regenerate', 'continue'] })
  type: string;

  /** Milliseconds since 1970: it makes no sense before. Left out when it does at once. @example 1696758165336 */
  @ApiPropertyOptional({ type: 'integer' })
  notBefore?: number;
}

/** How the answer of a model has ended. */
export class ClientAnswerDto {
  /** The draft that it was while it was seen growing. @example 01hc7akt8z3w2a5ayfcrvkfy52 */
  draftId: string;

  /** `notice` is what a bot says instead of an answer. @example completed */
  @ApiProperty({ enum: ['completed', 'interrupted', 'stopped', 'notice'] })
  state: string;

  /** Of a notice: why there is no answer. Left out otherwise. @example ai_rate_limited */
  code?: string;

  /** What a client may offer as buttons: after a break, or where asking again may help. Left out when there is nothing. */
  actions?: ClientAnswerActionDto[];
}

/** A message on a page, which tells the chat once for all. */
export class ClientPageMessageDto {
  /** @example 01hc7akt8z3w2a5ayfcrvkfy52 */
  id: string;

  /** The user or the bot that says it; empty for the operator of the server. @example 01hc71yz5pny5bmf0b4055zbjw */
  senderId: string;

  /** @example "Hello World!" */
  body: string;

  /** In the order in which they were uploaded. Left out when there are none. */
  attachments?: ClientFileDto[];

  /** Only of what a model has answered. */
  answer?: ClientAnswerDto;

  /** Milliseconds since 1970. No two messages of a chat have the same. @example 1696758105336 */
  @ApiProperty({ type: 'integer' })
  timestamp: number;
}

/** A message. */
export class ClientMessageDto extends ClientPageMessageDto {
  /** @example 01hc7aa947s4fdwywwjqr14wh7 */
  chatId: string;
}

/** A page of a chat, counted from its newest message. */
export class ClientMessagePageDto {
  /** @example 01hc7aa947s4fdwywwjqr14wh7 */
  chatId: string;

  /** All messages that fit the filter, on whatever page. @example 1 */
  @ApiProperty({ type: 'integer' })
  total: number;

  /** As it was asked for. @example 1 */
  @ApiProperty({ type: 'integer' })
  page: number;

  /** As it was asked for. @example 20 */
  @ApiProperty({ type: 'integer' })
  limit: number;

  /** Oldest first. */
  messages: ClientPageMessageDto[];
}

/** A message, as a single one is shown to a bot: its files by their ids. */
export class ClientStoredMessageDto {
  /** @example 01hc7akt8z3w2a5ayfcrvkfy52 */
  id: string;

  /** @example 01hc7aa947s4fdwywwjqr14wh7 */
  chatId: string;

  /** The user or the bot that says it; empty for the operator of the server. @example 01hc71yz5pny5bmf0b4055zbjw */
  senderId: string;

  /** @example "Hello World!" */
  body: string;

  /** Left out when there are none. @example ["01hc79xqtqhd4jtzceyxstxgh7"] */
  attachmentIds?: string[];

  /** Milliseconds since 1970. @example 1696758105336 */
  @ApiProperty({ type: 'integer' })
  timestamp: number;
}
