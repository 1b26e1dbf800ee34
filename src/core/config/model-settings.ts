import { Transform } from 'class-transformer';
import { IsBoolean, IsIn, IsOptional, IsString, IsUrl, MinLength } from 'class-validator';
import { DeliverySettings } from './delivery-settings.js';
import { toBoolean, URL_OPTIONS, WholeNumber } from './settings-rules.js';

/** Those of `Settings` that are about who answers for AI bots, and within which limits. */
export abstract class ModelSettings extends DeliverySettings {
  /** The key of the models' server. With it, or with OPENAI_BASE_URL, AI bots speak with a model. */
  @IsOptional()
  @IsString()
  OPENAI_API_KEY?: string;

  /** Another server that speaks the same protocol. */
  @IsOptional()
  @IsUrl({ ...URL_OPTIONS, protocols: ['http', 'https'] })
  OPENAI_BASE_URL?: string;

  @IsString()
  @MinLength(1)
  AI_DEFAULT_MODEL = 'gpt-4.1-mini';

  /** Which of the two protocols the models' server is spoken to in. */
  @IsIn(['chat', 'responses'])
  AI_API: 'chat' | 'responses' = 'chat';

  /** Who answers for AI bots: a model, the stand-in, or recordings. */
  @IsOptional()
  @IsIn(['live', 'fake', 'record', 'replay'])
  AI_MODE?: 'live' | 'fake' | 'record' | 'replay';

  /** Where answers are recorded, and replayed from. */
  @IsOptional()
  @IsString()
  AI_RECORDINGS_DIR?: string;

  /** Answers that one worker process has under way at a time. */
  @WholeNumber(1, 1000)
  AI_CONCURRENCY = 100;

  /** Answers that one key of a models' server has under way at a time, in all processes; 0 for any number. */
  @WholeNumber(0, 10_000)
  AI_KEY_CONCURRENCY = 16;

  /** Answers that one bot has under way at a time, in all processes; 0 for any number. */
  @WholeNumber(0, 10_000)
  AI_BOT_CONCURRENCY = 4;

  /** Messages of a chat that a model is told at most. */
  @WholeNumber(1, 1000)
  AI_CONTEXT_MESSAGES = 20;

  /** Tokens of a chat that a model is told at most. */
  @WholeNumber(100, 1_000_000)
  AI_CONTEXT_TOKENS = 6000;

  /** Milliseconds that a model has for its first word; those that think first have four times as long. */
  @WholeNumber(100, 600_000)
  AI_FIRST_WORD_MS = 30_000;

  /** Milliseconds without a word after which people are told that the model is still at work. */
  @WholeNumber(100, 600_000)
  AI_SLOW_MS = 20_000;

  /** Milliseconds that a model may be silent for, once it has begun. */
  @WholeNumber(100, 600_000)
  AI_SILENCE_MS = 30_000;

  /** Milliseconds for a call of a bot's tool, unless the tool has a time of its own. */
  @WholeNumber(100, 20_000)
  AI_TOOL_MS = 20_000;

  /** Milliseconds without a sign of life after which an answer under way is another worker's. */
  @WholeNumber(600, 60_000)
  AI_LEASE_MS = 6000;

  /** Milliseconds that answers have to come to their end when their process is told to stop. */
  @WholeNumber(0, 600_000)
  AI_DRAIN_MS = 20_000;

  /** Milliseconds for a whole answer, with all tries. */
  @WholeNumber(100, 600_000)
  AI_RUN_MS = 180_000;

  /** Tokens that one bot may use in a day; 0 for any number. */
  @WholeNumber(0, 1_000_000_000)
  AI_BOT_TOKENS_PER_DAY = 200_000;

  /** Answers that one person may ask for in a minute; 0 for any number. */
  @WholeNumber(0, 1_000_000)
  AI_TURNS_PER_MINUTE = 20;

  /** Answers that one person may ask for in a day; 0 for any number. */
  @WholeNumber(0, 1_000_000)
  AI_TURNS_PER_DAY = 200;

  /** Answers that all people who signed up from one address may ask for in a minute; 0 for any number. */
  @WholeNumber(0, 1_000_000)
  AI_ADDRESS_TURNS_PER_MINUTE = 100;

  /** Answers that all people who signed up from one address may ask for in a day; 0 for any number. */
  @WholeNumber(0, 1_000_000)
  AI_ADDRESS_TURNS_PER_DAY = 2000;

  /** Whether a moderation model looks at what people say to AI bots: not at all, for the log, or to refuse it. */
  @IsIn(['off', 'flag', 'block'])
  AI_MODERATION_INPUT: 'off' | 'flag' | 'block' = 'off';

  /** The same for what AI bots answer. With `block` an answer is shown only once it is complete and checked. */
  @IsIn(['off', 'flag', 'block'])
  AI_MODERATION_OUTPUT: 'off' | 'flag' | 'block' = 'off';

  /** What becomes of texts when nobody can be asked whether they are fit: they pass (`open`), or are held back (`closed`). */
  @IsIn(['open', 'closed'])
  AI_MODERATION_DOWN: 'open' | 'closed' = 'open';

  /** A JSON file with what models cost. */
  @IsOptional()
  @IsString()
  AI_PRICES_FILE?: string;

  /** Whether what was sent to models is kept with the record of the answer, for 7 days. */
  @Transform(toBoolean)
  @IsBoolean()
  AI_DEBUG_STORE = false;

  /** Days for which the records of answers are kept. */
  @WholeNumber(1, 3650)
  AI_RUN_DAYS = 90;
}
