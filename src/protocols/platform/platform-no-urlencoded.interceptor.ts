import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { BodyError } from '../../core/http/http-input.error.js';
import type { PlatformRequest } from './platform-actor.decorator.js';

/**
 * Rejects URL-encoded forms: the Platform API accepts JSON and multipart only. Command-line tools send this content type by
 * default, also for JSON bodies, whose fields would be lost.
 */
class NoUrlEncodedForms implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<PlatformRequest>();
    if (request.body !== undefined && request.is('application/x-www-form-urlencoded')) {
      throw new BodyError(415, 'unsupported_media_type', 'The Content-Type of a body must be application/json.');
    }
    return next.handle();
  }
}

export const NO_URL_ENCODED_FORMS = new NoUrlEncodedForms();
