import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { BodyError } from '../../core/http/http-input.error.js';
import type { PlatformRequest } from './platform-actor.decorator.js';

/**
 * Refuses url-encoded forms, which other faces take: this one knows JSON and multipart only. Command-line tools call a body so
 * unless told otherwise, also when it is JSON, and none of its fields would be found in it.
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
