import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { Response } from 'express';
import { currentRequestId } from '../../core/context/request-context.js';
import { newId } from '../../core/crypto/ids.js';
import { toOutageError } from '../../core/database/outage.js';
import { DomainError } from '../../core/errors/domain.error.js';
import { HttpInputError } from '../../core/http/http-input.error.js';
import type { ClientErrorDto } from './client-responses.dto.js';
import { codeOfStatus, STATUS_OF_CODE, STATUS_OF_KIND, textOf } from './client-error.texts.js';
import type { ClientRequest } from './client-request.js';

interface ErrorResponse {
  status: number;
  body: ClientErrorDto;
}

/** Renders every error in the form of the Client API. Unexpected errors are logged and rendered as 500 without details. */
@Catch()
export class ClientErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger(ClientErrorFilter.name);

  catch(caught: unknown, host: ArgumentsHost): void {
    const error = toOutageError(caught);
    const http = host.switchToHttp();
    const response = http.getResponse<Response>();
    const { status, body } = this.toResponse(error, http.getRequest<ClientRequest>());
    const retryAfter = error instanceof DomainError ? error.details.retryAfterSeconds : undefined;
    if (response.headersSent) return void response.end();
    if (retryAfter !== undefined) response.setHeader('retry-after', String(retryAfter));
    response.status(status).json({ ...body, request_id: currentRequestId() } satisfies ClientErrorDto);
  }

  private toResponse(error: unknown, request: ClientRequest): ErrorResponse {
    if (error instanceof DomainError) return toResponseDomainError(error, request);
    if (error instanceof HttpInputError) return toResponseInputError(error);
    if (error instanceof HttpException) return toResponseHttpException(error);
    return this.toResponseUnknown(error, request);
  }

  private toResponseUnknown(error: unknown, { method, path }: ClientRequest): ErrorResponse {
    const errorId = newId();
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    this.logger.error(`${method} ${path} failed, errorId ${errorId}: ${message}`, stack);
    return { status: 500, body: { message: 'Internal Server Error', code: 'internal_error', errorId } };
  }
}

function toResponseDomainError(error: DomainError, { actor }: ClientRequest): ErrorResponse {
  const { kind, code, details } = error;
  const field = typeof details.field === 'string' ? details.field : undefined;
  return {
    status: STATUS_OF_CODE[code] ?? STATUS_OF_KIND[kind],
    body: { message: textOf(error, actor?.kind), code, field },
  };
}

/** The contract has one response to a body that is neither JSON nor a form. */
function toResponseInputError({ status, code, message, field }: HttpInputError): ErrorResponse {
  if (code === 'unsupported_media_type') return { status: 400, body: { message: 'Unprocessable Entity', code } };
  return { status, body: { message, code, field } };
}

/** Errors of Nest itself, such as unknown paths. */
function toResponseHttpException(error: HttpException): ErrorResponse {
  const status = error.getStatus();
  return { status, body: { message: error.message, code: codeOfStatus(status) } };
}
