import {
  applyDecorators,
  type CallHandler,
  Controller,
  type ExecutionContext,
  type NestInterceptor,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiInternalServerErrorResponse,
  ApiPayloadTooLargeResponse,
  ApiSecurity,
  ApiServiceUnavailableResponse,
  ApiTags,
  ApiTooManyRequestsResponse,
  ApiUnsupportedMediaTypeResponse,
} from '@nestjs/swagger';
import type { Observable } from 'rxjs';
import { BodyError } from '../../core/http/http-input.error.js';
import type { PlatformRequest } from './platform-actor.decorator.js';
import { PlatformErrorDto } from './platform-error.dto.js';
import { PlatformErrorFilter } from './platform-error.filter.js';
import { PlatformValidationPipe } from './platform-validation.pipe.js';
import { PlatformGuard } from './platform.guard.js';

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

const NO_URL_ENCODED_FORMS = new NoUrlEncodedForms();

/** Name of the security scheme in the OpenAPI document. */
const SECURITY_SCHEME = 'Api-Token';

/**
 * A controller of the Platform API, with its guard, validation and error filter.
 *
 * @param path below `/v3`
 * @param tag the OpenAPI tag of its operations
 */
export const PlatformController = (path: string, tag: string): ClassDecorator =>
  applyDecorators(
    Controller(`v3/${path}`),
    UseGuards(PlatformGuard),
    UseInterceptors(NO_URL_ENCODED_FORMS),
    UsePipes(PlatformValidationPipe),
    UseFilters(PlatformErrorFilter),
    ApiTags(tag),
    ApiSecurity(SECURITY_SCHEME),
    ApiBadRequestResponse({
      type: PlatformErrorDto,
      description:
        'The request is invalid. Also: invalid API token (400401), missing scope (400108), resource not found (400201).',
    }),
    ApiPayloadTooLargeResponse({ type: PlatformErrorDto, description: 'The body is too large (400110).' }),
    ApiUnsupportedMediaTypeResponse({ type: PlatformErrorDto, description: 'The body is not JSON (400403).' }),
    ApiTooManyRequestsResponse({
      type: PlatformErrorDto,
      description:
        'Too many requests of this token, too many invalid tokens from this address, or a full backlog of a bot of the channel (500910). `Retry-After` contains the seconds to wait.',
    }),
    ApiInternalServerErrorResponse({
      type: PlatformErrorDto,
      description: 'Internal error (500901). The message contains the id of the error in the server log.',
    }),
    ApiServiceUnavailableResponse({
      type: PlatformErrorDto,
      description: 'The server is temporarily unavailable (500901). `Retry-After` contains the seconds to wait.',
    }),
  );
