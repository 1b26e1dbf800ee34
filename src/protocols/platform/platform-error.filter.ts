import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { Response } from 'express';
import { currentRequestId } from '../../core/context/request-context.js';
import { newId } from '../../core/crypto/ids.js';
import { toOutageError } from '../../core/database/outage.js';
import { DomainError } from '../../core/errors/domain.error.js';
import { HttpInputError } from '../../core/http/http-input.error.js';
import { PLATFORM_CODES } from './platform-codes.js';
import { fromDomainError, fromHttpException, fromHttpInputError } from './platform-error.texts.js';
import { PlatformError } from './platform.error.js';

/** Renders every error in the form of the Platform API: `{"error": true, "code": 400201, "message": "\"Channel\" not found."}` */
@Catch()
export class PlatformErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger(PlatformErrorFilter.name);

  catch(caught: unknown, host: ArgumentsHost): void {
    const error = toOutageError(caught);
    const response = host.switchToHttp().getResponse<Response>();
    const { status, code, message } = this.toPlatformError(error);
    if (response.headersSent) return void response.end();
    const retryAfter = error instanceof DomainError ? error.details.retryAfterSeconds : undefined;
    if (retryAfter !== undefined) response.setHeader('Retry-After', String(retryAfter));
    response.status(status).json({ error: true, code, message });
  }

  private toPlatformError(error: unknown): PlatformError {
    if (error instanceof PlatformError) return error;
    if (error instanceof DomainError) return fromDomainError(error);
    if (error instanceof HttpInputError) return fromHttpInputError(error);
    if (error instanceof HttpException && error.getStatus() < 500) return fromHttpException(error);
    return this.unexpected(error);
  }

  private unexpected(error: unknown): PlatformError {
    const errorId = currentRequestId() ?? newId();
    const { message, stack } = error instanceof Error ? error : { message: String(error), stack: undefined };
    this.logger.error(`Error ${errorId}: ${message}`, stack);
    return new PlatformError(PLATFORM_CODES.unexpected, `Unexpected error. Its id in the log is ${errorId}.`, 500);
  }
}
