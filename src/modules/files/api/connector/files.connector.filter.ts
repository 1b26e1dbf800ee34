import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { Response } from 'express';
import { toOutageError } from '../../../../core/database/outage.js';
import { DomainError, type ErrorKind } from '../../../../core/errors/domain.error.js';
import type { ConnectorFileErrorDto } from './files.connector.dto.js';

const STATUS_OF_KIND: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  rate_limited: 429,
  unavailable: 503,
};

const UNKNOWN = 400;
/** Error codes of the contract, by domain error code. */
const CODES: Readonly<Record<string, number>> = {
  'file.no_space': 401,
  'file.quota_exceeded': 401,
  'file.type_not_allowed': 403,
  'file.link_expired': 403,
  'file.not_found': 404,
  'file.too_large': 406,
  'file.request_too_large': 406,
  'upload_task.not_found': 407,
};
const INVALID = 408;

/** Renders errors as JSON: clients treat any other response as a successful upload. */
@Catch()
export class FilesConnectorFilter implements ExceptionFilter {
  private readonly logger = new Logger(FilesConnectorFilter.name);

  catch(caught: unknown, host: ArgumentsHost): void {
    const error = toOutageError(caught);
    const response = host.switchToHttp().getResponse<Response>();
    if (response.headersSent) return void response.end();
    const [status, body] = this.describe(error);
    response.status(status).json(body);
  }

  private describe(error: unknown): [status: number, body: ConnectorFileErrorDto] {
    if (error instanceof DomainError) {
      const errorCode = CODES[error.code] ?? (error.kind === 'invalid' ? INVALID : UNKNOWN);
      return [STATUS_OF_KIND[error.kind], { errorCode, message: error.message }];
    }
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    this.logger.error(message, stack);
    return [500, { errorCode: UNKNOWN, message: 'Internal server error.' }];
  }
}
