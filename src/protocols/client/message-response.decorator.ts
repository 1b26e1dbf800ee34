import { applyDecorators, UseInterceptors } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { StaticResponse } from '../../core/http/static-response.js';
import { ClientConfirmationDto } from './client-responses.dto.js';

/** Responds with a fixed message after the operation. @param status the status of the route */
export const MessageResponse = (message: string, status = 200): MethodDecorator =>
  applyDecorators(
    UseInterceptors(new StaticResponse({ message } satisfies ClientConfirmationDto)),
    ApiResponse({ status, type: ClientConfirmationDto }),
  );
