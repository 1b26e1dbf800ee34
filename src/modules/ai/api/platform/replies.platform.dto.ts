import {
  ArrayMaxSize,
  ArrayNotEmpty,
  IsBoolean,
  IsIn,
  IsNotEmpty,
  IsOptional,
  IsString,
  MaxLength,
} from 'class-validator';
import { AreObjects } from '../../../../protocols/platform/platform.fields.js';

/** Something that was said. */
export class PlatformPromptMessageDto {
  /**
   * Who has said it: a person (`user`), or the bot (`assistant`).
   * @example user
   */
  @IsIn(['user', 'assistant'])
  role: 'user' | 'assistant';

  /**
   * What was said. At most 16000 characters.
   * @example "What is the capital of France?"
   */
  @IsString()
  @IsNotEmpty()
  @MaxLength(16_000)
  content: string;
}

/** A conversation that a bot is to answer. */
export class PlatformGenerateReplyDto {
  /** What was said so far, oldest first. 1 to 100 messages. */
  @AreObjects(() => PlatformPromptMessageDto)
  @ArrayNotEmpty()
  @ArrayMaxSize(100)
  messages: PlatformPromptMessageDto[];

  /**
   * Taken for the sake of clients that send it; the answer comes as a whole.
   * @example false
   */
  @IsOptional()
  @IsBoolean()
  use_streaming_response?: boolean;
}

/** What a bot answers. */
export class PlatformGeneratedReplyDto {
  /** @example ["Paris."] */
  reply_messages: string[];
}
