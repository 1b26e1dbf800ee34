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

/** A message of the conversation. */
export class PlatformPromptMessageDto {
  /**
   * The sender: a person (`user`) or the bot (`assistant`).
   * @example user
   */
  @IsIn(['user', 'assistant'])
  role: 'user' | 'assistant';

  /**
   * Text of the message. At most 16000 characters.
   * @example "What is the capital of France?"
   */
  @IsString()
  @IsNotEmpty()
  @MaxLength(16_000)
  content: string;
}

/** The conversation to reply to. */
export class PlatformGenerateReplyDto {
  /** Messages, oldest first. 1 to 100. */
  @AreObjects(() => PlatformPromptMessageDto)
  @ArrayNotEmpty()
  @ArrayMaxSize(100)
  messages: PlatformPromptMessageDto[];

  /**
   * Accepted for compatibility and ignored; the reply is returned as a whole.
   * @example false
   */
  @IsOptional()
  @IsBoolean()
  use_streaming_response?: boolean;
}

/** The generated reply. */
export class PlatformGeneratedReplyDto {
  /** Texts of the reply. @example ["Paris."] */
  reply_messages: string[];
}
