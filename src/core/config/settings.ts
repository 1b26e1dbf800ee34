import { join } from 'node:path';
import { Transform } from 'class-transformer';
import {
  ArrayNotEmpty,
  IsArray,
  IsBoolean,
  IsIn,
  IsOptional,
  IsString,
  IsUrl,
  Matches,
  MinLength,
  ValidateIf,
} from 'class-validator';
import { ModelSettings } from './model-settings.js';
import { toBoolean, toList, toTrust, URL_OPTIONS, WholeNumber } from './settings-rules.js';

/**
 * Everything that can be set from the environment, with its default. The only place that knows these names;
 * `.env.example` has one line of meaning for each, and a test compares the two. Those of sockets, deliveries and models are in the
 * classes that it extends.
 */
export class Settings extends ModelSettings {
  @IsIn(['development', 'test', 'production'])
  NODE_ENV: 'development' | 'test' | 'production' = 'development';

  /** The address that all listeners of this process are bound to. */
  @IsOptional()
  @Matches(/^[\w.:-]+$/, { message: 'HOST must be an address or a host name, such as 0.0.0.0, :: or localhost' })
  HOST?: string;

  @WholeNumber(0, 65_535)
  PORT = 3000;

  /** Where a worker process without the API answers `/health` and `/metrics`. */
  @WholeNumber(0, 65_535)
  WORKER_PORT = 3001;

  /** Milliseconds for which an API that is told to stop goes on answering, so that balancers can see that it is not ready. */
  @WholeNumber(0, 60_000)
  SHUTDOWN_DRAIN_MS = 0;

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

  /** The origins whose pages may read answers of the Client API, without its cookie, and may send it changes. */
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

  /** The database itself, when `DATABASE_URL` is a PgBouncer in transaction mode. */
  @IsOptional()
  @IsUrl({ ...URL_OPTIONS, protocols: ['postgres', 'postgresql'] })
  DATABASE_DIRECT_URL?: string;

  @WholeNumber(2, 200)
  DATABASE_POOL_SIZE = 10;

  /** Whether statements are prepared once for each connection, which a PgBouncer before 1.21 cannot do. */
  @Transform(toBoolean)
  @IsBoolean()
  DATABASE_PREPARED_STATEMENTS = true;

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

  /** The Content-Security-Policy of the web client, instead of the one that is made for it. */
  @IsOptional()
  @Matches(/^[\x20-\x7e]+$/)
  WEB_CSP?: string;

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

  /** Requests per second that one token of the Platform API may send to one process; 0 for any number. */
  @WholeNumber(0, 1_000_000)
  API_RATE_LIMIT = 1000;

  /** Wrong tokens and passwords that one address may send in a minute, to all processes; 0 for any number. */
  @WholeNumber(0, 1_000_000)
  AUTH_FAILURES_PER_MINUTE = 20;

  /** Whether Swagger UI and the OpenAPI documents are served at `/docs`. */
  @Transform(toBoolean)
  @IsBoolean()
  @IsOptional()
  DOCS_ENABLED?: boolean;

  /** Whether `/metrics` is served. */
  @Transform(toBoolean)
  @IsBoolean()
  @IsOptional()
  METRICS_ENABLED?: boolean;

  /** The bearer token that `/metrics` asks for. */
  @MinLength(16)
  @IsString()
  @IsOptional()
  METRICS_TOKEN?: string;

  /** Rows of what is deleted that one transaction removes. */
  @WholeNumber(1, 10_000)
  DELETION_BATCH = 1000;

  @IsIn(['fatal', 'error', 'warn', 'info', 'debug', 'trace'])
  LOG_LEVEL: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' = 'info';

  @IsOptional()
  @IsIn(['json', 'pretty'])
  LOG_FORMAT?: 'json' | 'pretty';

  get isProduction(): boolean {
    return this.NODE_ENV === 'production';
  }

  /** Undefined: every address of the machine. Outside production only this machine reaches the server, for callbacks may go anywhere. */
  get host(): string | undefined {
    return this.HOST ?? (this.isProduction ? undefined : '127.0.0.1');
  }

  get docsEnabled(): boolean {
    return this.DOCS_ENABLED ?? !this.isProduction;
  }

  get metricsEnabled(): boolean {
    return this.METRICS_ENABLED ?? (!this.isProduction || this.METRICS_TOKEN !== undefined);
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

  /** For what needs a session of its own: LISTEN, migrations, and the queue. */
  get directDatabaseUrl(): string {
    return this.DATABASE_DIRECT_URL ?? this.databaseUrl;
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
