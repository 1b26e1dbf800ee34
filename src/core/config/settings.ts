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
import { toBoolean, toList, toTrust, URL_OPTIONS, WholeNumber } from './settings-rules.js';

/**
 * The core settings: process, protocols, database, queue, secrets, limits, logging. Each module adds its own in a class that extends
 * this one, and `src/app/settings.ts` joins them. `.env.example` describes each setting in one line, and a test compares the two.
 */
export class Settings {
  @IsIn(['development', 'test', 'production'])
  NODE_ENV: 'development' | 'test' | 'production' = 'development';

  /** The address to which all listeners of this process are bound. */
  @IsOptional()
  @Matches(/^[\w.:-]+$/, { message: 'HOST must be an address or a host name, such as 0.0.0.0, :: or localhost' })
  HOST?: string;

  @WholeNumber(0, 65_535)
  PORT = 3000;

  /** The port on which a worker process without the API serves `/health` and `/metrics`. */
  @WholeNumber(0, 65_535)
  WORKER_PORT = 3001;

  /** Milliseconds for which an API process continues to serve during shutdown, so that load balancers see that it is not ready. */
  @WholeNumber(0, 60_000)
  SHUTDOWN_DRAIN_MS = 0;

  @IsOptional()
  @IsUrl({ ...URL_OPTIONS, protocols: ['http', 'https'] })
  PUBLIC_URL?: string;

  /** The trusted proxies in front of this server, which report a client's address: their number or their addresses. */
  @Transform(toTrust)
  @ValidateIf(({ TRUST_PROXY }: Settings) => Array.isArray(TRUST_PROXY))
  @Matches(/^(loopback|linklocal|uniquelocal|[0-9a-f.:]+(\/\d{1,3})?)$/i, {
    each: true,
    message:
      'TRUST_PROXY must be a number of proxies, or a list of addresses, networks, loopback, linklocal, uniquelocal',
  })
  TRUST_PROXY?: number | string[];

  /** The origins whose pages may read responses of the Client API, without its cookie, and send changes to it. */
  @Transform(toList)
  @IsArray()
  @IsUrl({ ...URL_OPTIONS, protocols: ['http', 'https'] }, { each: true })
  CORS_ORIGINS: string[] = ['http://localhost', 'http://127.0.0.1'];

  /** The port of a second listener, with TLS. */
  @IsOptional()
  @WholeNumber(0, 65_535)
  TLS_PORT?: number;

  @ValidateIf(({ TLS_PORT }: Settings) => TLS_PORT !== undefined)
  @IsString({ message: 'TLS_CERT_FILE must be set when TLS_PORT is' })
  TLS_CERT_FILE?: string;

  @ValidateIf(({ TLS_PORT }: Settings) => TLS_PORT !== undefined)
  @IsString({ message: 'TLS_KEY_FILE must be set when TLS_PORT is' })
  TLS_KEY_FILE?: string;

  @Transform(toList)
  @IsArray()
  @ArrayNotEmpty()
  @IsIn(['api', 'worker'], { each: true })
  ROLES: ('api' | 'worker')[] = ['api', 'worker'];

  @IsOptional()
  @IsUrl({ ...URL_OPTIONS, protocols: ['postgres', 'postgresql'] })
  DATABASE_URL?: string;

  /** The database itself, if `DATABASE_URL` is a PgBouncer in transaction mode. */
  @IsOptional()
  @IsUrl({ ...URL_OPTIONS, protocols: ['postgres', 'postgresql'] })
  DATABASE_DIRECT_URL?: string;

  @WholeNumber(2, 200)
  DATABASE_POOL_SIZE = 10;

  /** Whether statements are prepared once per connection, which PgBouncer before 1.21 does not support. */
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

  /** The folder of a web client that is served at `/`. */
  @IsOptional()
  @IsString()
  WEB_DIR?: string;

  /** The Content-Security-Policy of the web client, instead of the generated one. */
  @IsOptional()
  @Matches(/^[\x20-\x7e]+$/)
  WEB_CSP?: string;

  @IsOptional()
  @IsString()
  CONFIG_FILE?: string;

  /** Requests per second that one token of the Platform API may send to one process; 0: unlimited. */
  @WholeNumber(0, 1_000_000)
  API_RATE_LIMIT = 1000;

  /** Wrong tokens and passwords that one address may send in a minute, to all processes; 0: unlimited. */
  @WholeNumber(0, 1_000_000)
  AUTH_FAILURES_PER_MINUTE = 20;

  /** Open event streams of one user or bot. */
  @WholeNumber(0, 100_000)
  STREAMS_PER_USER = 20;

  /** Open event streams of people from one address. */
  @WholeNumber(0, 1_000_000)
  STREAMS_PER_ADDRESS = 100;

  /** Seconds without progress after which the connection of an upload or a download is closed. */
  @WholeNumber(0, 3600)
  TRANSFER_STALL_SECONDS = 30;

  /** Minimum average bytes per second of an upload or a download in that time; 0: one byte in all of it. */
  @WholeNumber(0, 1_000_000)
  TRANSFER_MIN_BYTES_PER_SECOND = 128;

  /** Open connections of one process. */
  @WholeNumber(0, 1_000_000)
  MAX_CONNECTIONS = 20_000;

  /** Whether callbacks may go to loopback and private addresses. */
  @Transform(toBoolean)
  @IsBoolean()
  CALLBACK_ALLOW_PRIVATE = false;

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

  /** The bearer token that `/metrics` requires. */
  @MinLength(16)
  @IsString()
  @IsOptional()
  METRICS_TOKEN?: string;

  /** Rows of deleted objects that one transaction removes. */
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

  /** Undefined: every address of the machine. Outside production the default is loopback, since callbacks may go anywhere. */
  get host(): string | undefined {
    return this.HOST ?? (this.isProduction ? undefined : '127.0.0.1');
  }

  get docsEnabled(): boolean {
    return this.DOCS_ENABLED ?? !this.isProduction;
  }

  get metricsEnabled(): boolean {
    return this.METRICS_ENABLED ?? (!this.isProduction || this.METRICS_TOKEN !== undefined);
  }

  /** The public URL of this server, without a trailing slash. */
  get publicUrl(): string {
    return (this.PUBLIC_URL ?? `http://localhost:${this.PORT}`).replace(/\/+$/, '');
  }

  /** The URL of the configured or embedded database. @throws Error before the embedded PostgreSQL has started */
  get databaseUrl(): string {
    if (!this.DATABASE_URL) throw new Error('DATABASE_URL is not known yet: start the embedded PostgreSQL first.');
    return this.DATABASE_URL;
  }

  /** For connections that need their own session: LISTEN, migrations and the queue. */
  get directDatabaseUrl(): string {
    return this.DATABASE_DIRECT_URL ?? this.databaseUrl;
  }
}

/** The secrets that are generated at the first start if they are not set. */
export const SECRET_NAMES = [
  'API_TOKEN',
  'ADMIN_SECRET_KEY',
  'JWT_SECRET_KEY',
  'ENCRYPTION_KEY',
  'APPLICATION_ID',
] as const;
export type SecretName = (typeof SECRET_NAMES)[number];
