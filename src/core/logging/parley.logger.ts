import type { LoggerService } from '@nestjs/common';
import { type DestinationStream, type Logger as PinoLogger, pino, stdTimeFunctions } from 'pino';
import { prettyFactory } from 'pino-pretty';
import { currentRequestId } from '../context/request-context.js';
import { readLogCall } from './log-call.js';
import { maskSecrets } from './mask-secrets.js';
import { redact } from './redact.js';

/** By descending severity; each level includes those before it. Nest's `log` is `info` here, its `verbose` is `trace`. */
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';

export interface ParleyLoggerOptions {
  readonly level: LogLevel;
  /** One JSON object per line, or colored lines for people. */
  readonly format: 'json' | 'pretty';
  /** Default: standard output. */
  readonly destination?: DestinationStream;
}

/** Field names that callers must not use, since a line would contain them twice. */
const RESERVED = new Set(['time', 'level', 'context', 'err', 'msg']);

/** Contexts in which Nest logs each module and route at startup; these lines are logged as `debug`. */
const START_CONTEXTS = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
]);

/**
 * The logger behind Nest's `Logger`. Each line has `time`, `level`, `context`, `requestId` (of the current request, or the one that the
 * caller passes), `msg`, the fields of the passed objects, and `err` with its stack. Secrets are masked in all of them.
 */
export class ParleyLogger implements LoggerService {
  private readonly pino: PinoLogger;

  constructor({ level, format, destination = pino.destination(1) }: ParleyLoggerOptions) {
    const options = {
      level,
      base: undefined,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label: string) => ({ level: label }) },
      serializers: { err: (error: unknown) => error },
    };
    this.pino = pino(options, format === 'pretty' ? prettyPrinter(destination) : destination);
  }

  /** Allows hot paths to skip building a line that is not logged. */
  isLevelEnabled(level: LogLevel): boolean {
    return this.pino.isLevelEnabled(level);
  }

  log(message: unknown, ...extras: unknown[]): void {
    const isStartNoise = START_CONTEXTS.has(extras.at(-1) as string);
    this.write(isStartNoise ? 'debug' : 'info', message, extras);
  }

  fatal(message: unknown, ...extras: unknown[]): void {
    this.write('fatal', message, extras);
  }

  error(message: unknown, ...extras: unknown[]): void {
    this.write('error', message, extras);
  }

  warn(message: unknown, ...extras: unknown[]): void {
    this.write('warn', message, extras);
  }

  debug(message: unknown, ...extras: unknown[]): void {
    this.write('debug', message, extras);
  }

  verbose(message: unknown, ...extras: unknown[]): void {
    this.write('trace', message, extras);
  }

  private write(level: LogLevel, message: unknown, extras: readonly unknown[]): void {
    if (!this.isLevelEnabled(level)) return;
    const call = readLogCall(message, extras);
    const { requestId = currentRequestId(), ...fields } = safeFields(call.fields);
    const line = { context: call.context, requestId, ...fields, err: redact(call.error) };
    this.pino[level](line, maskSecrets(call.message));
  }
}

function safeFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(redact(fields) as Record<string, unknown>);
  return Object.fromEntries(entries.map(([name, value]) => [RESERVED.has(name) ? `${name}_` : name, value]));
}

function prettyPrinter(destination: DestinationStream): DestinationStream {
  const prettify = prettyFactory({
    colorize: process.stdout.isTTY,
    translateTime: 'SYS:HH:MM:ss.l',
    messageFormat: '{if context}[{context}] {end}{msg}',
    ignore: 'context',
  });
  return { write: (line) => destination.write(prettify(line)) };
}
