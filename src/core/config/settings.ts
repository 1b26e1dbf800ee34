import { join } from 'node:path';
import { Transform, Type } from 'class-transformer';
import {
  ArrayNotEmpty,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  IsUrl,
  Matches,
  Max,
  Min,
  MinLength,
  ValidateIf,
} from 'class-validator';
import { SocketSettings } from './socket-settings.js';

// Hosts in containers' networks may have names such as `parley_postgres`.
const URL_OPTIONS = { require_tld: false, require_protocol: true, allow_underscores: true };

const toList = ({ value }: { value: unknown }) =>
  typeof value === 'string' ? value.split(',').map((part) => part.trim()) : value;
const toNumbers = (params: { value: unknown }) => {
  const list = toList(params);
  return Array.isArray(list) ? list.map((part) => (part === '' ? NaN : Number(part))) : list;
};
const toTrust = (params: { value: unknown }) =>
  /^\d+$/.test(String(params.value)) ? Number(params.value) : toList(params);
const toBoolean = ({ value }: { value: unknown }) =>
  typeof value === 'string'
    ? ({ true: true, '1': true, false: false, '0': false }[value.toLowerCase()] ?? value)
    : value;

/**
 * Everything that can be set from the environment, with its default. The only place that knows these names;
 * `.env.example` has one line of meaning for each, and a test compares the two.
 */
export class Settings extends SocketSettings {
  @IsIn(['development', 'test', 'production'])
  NODE_ENV: 'development' | 'test' | 'production' = 'development';

  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(65_535)
  PORT = 3000;

  /** Where a worker process without the API answers `/health` and `/metrics`. */
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(65_535)
  WORKER_PORT = 3001;

  @IsOptional()
  @IsUrl({ ...URL_OPTIONS, protocols: ['http', 'https'] })
  PUBLIC_URL?: string;

  /** The proxies in front of this server that may tell a client's address: how many, or their addresses. */
  @Transform(toTrust)
  @ValidateIf(({ TRUST_PROXY }: Settings) => Array.isArray(TRUST_PROXY))
  @Matches(/^(loopback|linklocal|uniquelocal|[0-9a-f.:]+(\/\d{1,3})?)$/i, {
    each: true,
    message:
      'TRUST_PROXY must be a number of proxies, or a list of addresses, networks, loopback, linklocal, uniquelocal',
  })
  TRUST_PROXY?: number | string[];

  /** The origins whose pages may read answers of the Client API, without its cookie. */
  @Transform(toList)
  @IsArray()
  @IsUrl({ ...URL_OPTIONS, protocols: ['http', 'https'] }, { each: true })
  CORS_ORIGINS: string[] = ['http://localhost', 'http://127.0.0.1'];

  @Transform(toList)
  @IsArray()
  @ArrayNotEmpty()
  @IsIn(['api', 'worker'], { each: true })
  ROLES: ('api' | 'worker')[] = ['api', 'worker'];

  @IsOptional()
  @IsUrl({ ...URL_OPTIONS, protocols: ['postgres', 'postgresql'] })
  DATABASE_URL?: string;

  @Type(() => Number)
  @IsInt()
  @Min(2)
  @Max(200)
  DATABASE_POOL_SIZE = 10;

  @IsOptional()
  @IsUrl({ ...URL_OPTIONS, protocols: ['redis', 'rediss'] })
  REDIS_URL?: string;

  @IsString()
  @MinLength(16)
  API_TOKEN: string;

  @IsString()
  @MinLength(16)
  ADMIN_SECRET_KEY: string;

  @IsString()
  @MinLength(32)
  JWT_SECRET_KEY: string;

  @IsString()
  @MinLength(32)
  ENCRYPTION_KEY: string;

  @IsString()
  @MinLength(1)
  APPLICATION_ID: string;

  @IsString()
  @MinLength(1)
  SERVER_DOMAIN = 'localhost';

  @IsString()
  @MinLength(1)
  DATA_DIR = '.data';

  /** The folder for uploaded files, and for those that are just being uploaded. */
  @IsOptional()
  @IsString()
  FILES_DIR?: string;

  /** The folder of a web client that is served at `/`. */
  @IsOptional()
  @IsString()
  WEB_DIR?: string;

  /** Another S3-compatible store than that of AWS. */
  @IsOptional()
  @IsUrl({ ...URL_OPTIONS, protocols: ['http', 'https'] })
  S3_ENDPOINT?: string;

  /** With it, files are kept in this bucket instead of a folder. */
  @ValidateIf(({ S3_ENDPOINT, S3_BUCKET }: Settings) => S3_ENDPOINT !== undefined || S3_BUCKET !== undefined)
  @IsString({ message: 'S3_BUCKET must be set when S3_ENDPOINT is' })
  S3_BUCKET?: string;

  @IsString()
  @MinLength(1)
  S3_REGION = 'us-east-1';

  @IsOptional()
  @IsString()
  S3_ACCESS_KEY_ID?: string;

  @ValidateIf(({ S3_ACCESS_KEY_ID }: Settings) => S3_ACCESS_KEY_ID !== undefined)
  @IsString({ message: 'S3_SECRET_ACCESS_KEY must be set when S3_ACCESS_KEY_ID is' })
  S3_SECRET_ACCESS_KEY?: string;

  @IsOptional()
  @IsString()
  CONFIG_FILE?: string;

  /** Whether callbacks may go to loopback and private addresses. */
  @Transform(toBoolean)
  @IsBoolean()
  CALLBACK_ALLOW_PRIVATE = false;

  /** Milliseconds for one whole callback: connect, send, answer. */
  @Type(() => Number)
  @IsInt()
  @Min(100)
  @Max(60_000)
  CALLBACK_TIMEOUT_MS = 10_000;

  /** Seconds to wait before each try of a delivery; as many entries as tries. */
  @Transform(toNumbers)
  @IsArray()
  @ArrayNotEmpty()
  @IsNumber({}, { each: true })
  @Min(0, { each: true })
  @Max(604_800, { each: true })
  CALLBACK_RETRY_SCHEDULE: number[] = [0, 2, 10, 30, 120, 600, 1800, 3600, 10_800, 21_600, 43_200, 86_400, 86_400];

  /** Seconds of nothing but failures after which a callback address is not called any more. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(2_592_000)
  CALLBACK_DISABLE_AFTER = 259_200;

  /** Seconds after which a message is too old to be told to a bot that was away. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(31_536_000)
  DELIVERY_MAX_AGE = 259_200;

  /** Seconds of failures after which the people in a chat are told that their bot is away. */
  @Type(() => Number)
  @IsNumber()
  @Min(0)
  @Max(86_400)
  DELIVERY_AWAY_NOTE_AFTER = 30;

  /** The kinds of webhooks for which they are told. */
  @Transform(toList)
  @IsArray()
  @IsIn(['client', 'platform', 'connector', 'none'], { each: true })
  DELIVERY_AWAY_NOTE_FORMATS: ('client' | 'platform' | 'connector' | 'none')[] = ['client'];

  /** Lanes that one worker process serves at a time. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1000)
  DELIVERY_CONCURRENCY = 40;

  /** Days for which it is kept what became of messages: deliveries, their tries, news of endpoints. */
  @Type(() => Number)
  @IsInt()
  @Min(2)
  @Max(3650)
  DELIVERY_RETENTION_DAYS = 30;

  /** Lanes of one endpoint that one worker process serves at a time. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1000)
  DELIVERY_LANES_PER_BOT = 16;

  /** Milliseconds that a worker has, after the longest callback, to write down what became of it: then its lane is another's. */
  @Type(() => Number)
  @IsInt()
  @Min(100)
  @Max(60_000)
  DELIVERY_LEASE_SLACK_MS = 5000;

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
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1000)
  AI_CONCURRENCY = 100;

  /** Messages of a chat that a model is told at most. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1000)
  AI_CONTEXT_MESSAGES = 20;

  /** Tokens of a chat that a model is told at most. */
  @Type(() => Number)
  @IsInt()
  @Min(100)
  @Max(1_000_000)
  AI_CONTEXT_TOKENS = 6000;

  /** Milliseconds that a model has for its first word; those that think first have four times as long. */
  @Type(() => Number)
  @IsInt()
  @Min(100)
  @Max(600_000)
  AI_FIRST_WORD_MS = 30_000;

  /** Milliseconds that a model may be silent for, once it has begun. */
  @Type(() => Number)
  @IsInt()
  @Min(100)
  @Max(600_000)
  AI_SILENCE_MS = 30_000;

  /** Milliseconds without a sign of life after which an answer under way is another worker's. */
  @Type(() => Number)
  @IsInt()
  @Min(600)
  @Max(60_000)
  AI_LEASE_MS = 6000;

  /** Milliseconds for a whole answer, with all tries. */
  @Type(() => Number)
  @IsInt()
  @Min(100)
  @Max(600_000)
  AI_RUN_MS = 180_000;

  /** Tokens that one bot may use in a day; 0 for any number. */
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(1_000_000_000)
  AI_BOT_TOKENS_PER_DAY = 200_000;

  /** Answers that one person may ask for in a minute; 0 for any number. */
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(1_000_000)
  AI_TURNS_PER_MINUTE = 20;

  /** Answers that one person may ask for in a day; 0 for any number. */
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(1_000_000)
  AI_TURNS_PER_DAY = 200;

  /** Whether a moderation model looks at what people say to AI bots: not at all, for the log, or to refuse it. */
  @IsIn(['off', 'flag', 'block'])
  AI_MODERATION_INPUT: 'off' | 'flag' | 'block' = 'off';

  /** The same for what AI bots answer. With `block` an answer is shown only once it is complete and checked. */
  @IsIn(['off', 'flag', 'block'])
  AI_MODERATION_OUTPUT: 'off' | 'flag' | 'block' = 'off';

  /** A JSON file with what models cost. */
  @IsOptional()
  @IsString()
  AI_PRICES_FILE?: string;

  /** Whether what was sent to models is kept with the record of the answer, for 7 days. */
  @Transform(toBoolean)
  @IsBoolean()
  AI_DEBUG_STORE = false;

  /** Days for which the records of answers are kept. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(3650)
  AI_RUN_DAYS = 90;

  /** Requests per second that one token of the Platform API may send to one process; 0 for any number. */
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(1_000_000)
  API_RATE_LIMIT = 1000;

  /** Wrong tokens and passwords that one address may send to one process in a minute; 0 for any number. */
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(1_000_000)
  AUTH_FAILURES_PER_MINUTE = 20;

  @IsIn(['fatal', 'error', 'warn', 'info', 'debug', 'trace'])
  LOG_LEVEL: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' = 'info';

  @IsOptional()
  @IsIn(['json', 'pretty'])
  LOG_FORMAT?: 'json' | 'pretty';

  get isProduction(): boolean {
    return this.NODE_ENV === 'production';
  }

  /** The address under which people and bots reach this server, without a trailing slash. */
  get publicUrl(): string {
    return (this.PUBLIC_URL ?? `http://localhost:${this.PORT}`).replace(/\/+$/, '');
  }

  get filesDir(): string {
    return this.FILES_DIR ?? join(this.DATA_DIR, 'files');
  }

  get openAiBaseUrl(): string {
    return this.OPENAI_BASE_URL ?? 'https://api.openai.com/v1';
  }

  /** Without a key and without a server of models there is nobody to ask. */
  get aiMode(): 'live' | 'fake' | 'record' | 'replay' {
    return this.AI_MODE ?? (this.OPENAI_API_KEY || this.OPENAI_BASE_URL ? 'live' : 'fake');
  }

  get aiRecordingsDir(): string {
    return this.AI_RECORDINGS_DIR ?? join(this.DATA_DIR, 'ai-recordings');
  }

  /** @returns the settings once a database is known, whether given or started by ourselves */
  get databaseUrl(): string {
    if (!this.DATABASE_URL) throw new Error('DATABASE_URL is not known yet: start the embedded PostgreSQL first.');
    return this.DATABASE_URL;
  }
}

/** The secrets that are made at the first start when they are not set. */
export const SECRET_NAMES = [
  'API_TOKEN',
  'ADMIN_SECRET_KEY',
  'JWT_SECRET_KEY',
  'ENCRYPTION_KEY',
  'APPLICATION_ID',
] as const;
export type SecretName = (typeof SECRET_NAMES)[number];
