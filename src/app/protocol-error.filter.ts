import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Injectable, Logger } from '@nestjs/common';
import type { Request, Response } from 'express';
import { OAuthConnectorFilter } from '../modules/auth/api/connector/oauth.connector.filter.js';
import { HttpInputError } from '../core/http/http-input.error.js';
import { ClientErrorFilter } from '../protocols/client/client-error.filter.js';
import { PlatformErrorFilter } from '../protocols/platform/platform-error.filter.js';

/**
 * Handles errors outside of controllers, such as those of middlewares and unknown paths. The path determines the protocol whose
 * error format is used.
 */
@Catch()
@Injectable()
export class ProtocolErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger(ProtocolErrorFilter.name);
  private readonly platform = new PlatformErrorFilter();
  private readonly client = new ClientErrorFilter();
  private readonly oauth = new OAuthConnectorFilter();

  catch(error: unknown, host: ArgumentsHost): void {
    const { path } = host.switchToHttp().getRequest<Request>();
    if (path.startsWith('/v3')) return void this.platform.catch(error, host);
    if (path.startsWith('/v1') || path.startsWith('/static/')) return void this.client.catch(error, host);
    if (path.startsWith('/bridge/api/client/v1/oauth')) return this.oauth.catch(error, host);
    this.sendPlainError(error, host);
  }

  private sendPlainError(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    const status =
      error instanceof HttpException ? error.getStatus() : error instanceof HttpInputError ? error.status : 500;
    if (status === 500) this.logger.error((error as Error).message, (error as Error).stack);
    const message = status === 500 ? 'Internal server error.' : (error as Error).message;
    if (!response.headersSent) response.status(status).json({ message });
  }
}
