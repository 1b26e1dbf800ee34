import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { Response } from 'express';
import { toOutageError } from '../../../../core/database/outage.js';
import { DomainError } from '../../../../core/errors/domain.error.js';
import { HttpInputError } from '../../../../core/http/http-input.error.js';
import { ConnectorError } from '../../../../protocols/connector/connector-codes.js';
import type { ConnectorOAuthErrorDto } from './oauth.connector.dto.js';

/** Renders errors in the form of OAuth 2. */
@Catch()
export class OAuthConnectorFilter implements ExceptionFilter {
  private readonly logger = new Logger(OAuthConnectorFilter.name);

  catch(caught: unknown, host: ArgumentsHost): void {
    const error = toOutageError(caught);
    const response = host.switchToHttp().getResponse<Response>();
    const [status, code, description] = this.describe(error);
    const wait = error instanceof DomainError ? error.details.retryAfterSeconds : undefined;
    if (wait !== undefined) response.header('retry-after', String(wait));
    const body: ConnectorOAuthErrorDto = { error: code, error_description: description };
    response.status(status).header('cache-control', 'no-store').json(body);
  }

  private describe(error: unknown): [status: number, code: string, description: string] {
    if (error instanceof DomainError) {
      if (error.kind === 'rate_limited') return [429, 'invalid_request', error.message];
      if (error.kind === 'unavailable') return [503, 'temporarily_unavailable', error.message];
      const isRequest = error.kind === 'invalid';
      return [isRequest ? 400 : 401, isRequest ? error.code : 'invalid_grant', error.message];
    }
    if (error instanceof ConnectorError) return [400, 'invalid_request', error.message];
    if (error instanceof HttpInputError) return [error.status, 'invalid_request', error.message];
    if (error instanceof HttpException) return [error.getStatus(), 'invalid_request', error.message];
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    this.logger.error(message, stack);
    return [500, 'server_error', 'Internal server error.'];
  }
}
