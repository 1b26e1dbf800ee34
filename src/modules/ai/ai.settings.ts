import { join } from 'node:path';
import { Transform } from 'class-transformer';
import { IsBoolean, IsIn, IsOptional, IsString, IsUrl, MinLength } from 'class-validator';
import { Settings } from '../../core/config/settings.js';
import { toBoolean, URL_OPTIONS, WholeNumber } from '../../core/config/settings-rules.js';

/** The settings of model servers and the limits of AI bots. The settings of one bot are `AiSettings`. */
export class AiModuleSettings extends Settings {
  /** API key of the model server. AI bots use a model if it or OPENAI_BASE_URL is set. */
  @IsOptional()
  @IsString()
  OPENAI_API_KEY?: string;

  /** Base URL of another server with the same protocol. */
  @IsOptional()
  @IsUrl({ ...URL_OPTIONS, protocols: ['http', 'https'] })
  OPENAI_BASE_URL?: string;

  @IsString()
  @MinLength(1)
  AI_DEFAULT_MODEL = 'gpt-4.1-mini';

  /** Protocol of the model server. */
  @IsIn(['chat', 'responses'])
  AI_API: 'chat' | 'responses' = 'chat';

  /** Source of completions: a model, the fake, or recordings. */
  @IsOptional()
  @IsIn(['live', 'fake', 'record', 'replay'])
  AI_MODE?: 'live' | 'fake' | 'record' | 'replay';

  /** Folder of recorded completions. */
  @IsOptional()
  @IsString()
  AI_RECORDINGS_DIR?: string;

  /** Concurrent runs of one worker process. */
  @WholeNumber(1, 1000)
  AI_CONCURRENCY = 100;

  /** Concurrent runs of one API key of a model server, in all processes; 0: unlimited. */
  @WholeNumber(0, 10_000)
  AI_KEY_CONCURRENCY = 16;

  /** Concurrent runs of one bot, in all processes; 0: unlimited. */
  @WholeNumber(0, 10_000)
  AI_BOT_CONCURRENCY = 4;

  /** Maximum number of messages of a chat in a prompt. */
  @WholeNumber(1, 1000)
  AI_CONTEXT_MESSAGES = 20;

  /** Maximum number of tokens of a chat in a prompt. */
  @WholeNumber(100, 1_000_000)
  AI_CONTEXT_TOKENS = 6000;

  /** Milliseconds until the first token of a completion; reasoning models get four times as long. */
  @WholeNumber(100, 600_000)
  AI_FIRST_WORD_MS = 30_000;

  /** Milliseconds without a token after which the chat is notified that the model is still working. */
  @WholeNumber(100, 600_000)
  AI_SLOW_MS = 20_000;

  /** Milliseconds between two tokens of a completion. */
  @WholeNumber(100, 600_000)
  AI_SILENCE_MS = 30_000;

  /** Milliseconds for a call of a bot's tool, unless the tool has its own timeout. */
  @WholeNumber(100, 20_000)
  AI_TOOL_MS = 20_000;

  /** Milliseconds without a heartbeat after which another worker takes over a run. */
  @WholeNumber(600, 60_000)
  AI_LEASE_MS = 6000;

  /** Milliseconds that runs have to finish when their process shuts down. */
  @WholeNumber(0, 600_000)
  AI_DRAIN_MS = 20_000;

  /** Milliseconds for a whole run, with all retries. */
  @WholeNumber(100, 600_000)
  AI_RUN_MS = 180_000;

  /** The same for an AI bot, which should not reply to old messages. */
  @WholeNumber(1, 31_536_000)
  AI_MAX_AGE = 600;

  /** Tokens that one bot may use in a day; 0: unlimited. */
  @WholeNumber(0, 1_000_000_000)
  AI_BOT_TOKENS_PER_DAY = 200_000;

  /** Runs that one person may request in a minute; 0: unlimited. */
  @WholeNumber(0, 1_000_000)
  AI_TURNS_PER_MINUTE = 20;

  /** Runs that one person may request in a day; 0: unlimited. */
  @WholeNumber(0, 1_000_000)
  AI_TURNS_PER_DAY = 200;

  /** Runs that all people who signed up from one address may request in a minute; 0: unlimited. */
  @WholeNumber(0, 1_000_000)
  AI_ADDRESS_TURNS_PER_MINUTE = 100;

  /** Runs that all people who signed up from one address may request in a day; 0: unlimited. */
  @WholeNumber(0, 1_000_000)
  AI_ADDRESS_TURNS_PER_DAY = 2000;

  /** Moderation of messages to AI bots: none, log only, or reject. */
  @IsIn(['off', 'flag', 'block'])
  AI_MODERATION_INPUT: 'off' | 'flag' | 'block' = 'off';

  /** Moderation of replies of AI bots. With `block` a reply is sent only once it is complete and checked. */
  @IsIn(['off', 'flag', 'block'])
  AI_MODERATION_OUTPUT: 'off' | 'flag' | 'block' = 'off';

  /** Handling of texts while the moderation model is unavailable: they pass (`open`) or are blocked (`closed`). */
  @IsIn(['open', 'closed'])
  AI_MODERATION_DOWN: 'open' | 'closed' = 'open';

  /** A JSON file with the prices of models. */
  @IsOptional()
  @IsString()
  AI_PRICES_FILE?: string;

  /** Whether the requests to models are stored with the run, for 7 days. */
  @Transform(toBoolean)
  @IsBoolean()
  AI_DEBUG_STORE = false;

  /** Days for which runs are kept. */
  @WholeNumber(1, 3650)
  AI_RUN_DAYS = 90;

  get openAiBaseUrl(): string {
    return this.OPENAI_BASE_URL ?? 'https://api.openai.com/v1';
  }

  /** The default is `fake` without an API key and a model server. */
  get aiMode(): 'live' | 'fake' | 'record' | 'replay' {
    return this.AI_MODE ?? (this.OPENAI_API_KEY || this.OPENAI_BASE_URL ? 'live' : 'fake');
  }

  get aiRecordingsDir(): string {
    return this.AI_RECORDINGS_DIR ?? join(this.DATA_DIR, 'ai-recordings');
  }
}
