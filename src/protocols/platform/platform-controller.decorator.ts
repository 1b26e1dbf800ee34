import { applyDecorators, Controller, UseFilters, UseGuards, UseInterceptors, UsePipes } from '@nestjs/common';
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
import { PlatformErrorDto } from './platform-error.dto.js';
import { PlatformErrorFilter } from './platform-error.filter.js';
import { NO_URL_ENCODED_FORMS } from './platform-no-urlencoded.interceptor.js';
import { PlatformValidationPipe } from './platform-validation.pipe.js';
import { PlatformGuard } from './platform.guard.js';

/** The name under which the OpenAPI document knows the header `Api-Token`. */
const SECURITY_SCHEME = 'Api-Token';

/**
 * A controller of the Platform API, with all its manners: who may come in, how input is checked, how errors are worded.
 *
 * @param path below `/v3`
 * @param tag the heading of its operations in the documentation
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
        'Anything that the caller can mend, also a wrong API token (400401), a token that lacks the scope (400108) and what does not exist (400201).',
    }),
    ApiPayloadTooLargeResponse({ type: PlatformErrorDto, description: 'The body is too large (400110).' }),
    ApiUnsupportedMediaTypeResponse({ type: PlatformErrorDto, description: 'The body is not JSON (400403).' }),
    ApiTooManyRequestsResponse({
      type: PlatformErrorDto,
      description:
        'The token has sent too many requests, the address too many wrong tokens, or too much is waiting for the bot of a channel (500910); `Retry-After` tells how long to wait.',
    }),
    ApiInternalServerErrorResponse({
      type: PlatformErrorDto,
      description: 'A fault of the server (500901); the message holds an id by which the log tells more.',
    }),
    ApiServiceUnavailableResponse({
      type: PlatformErrorDto,
      description: 'The server cannot do this at the moment (500901); `Retry-After` tells how long to wait.',
    }),
  );
