import { applyDecorators, UseInterceptors } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { FixedAnswer } from '../../core/http/fixed-answer.js';
import { ClientDoneDto } from './client-done.dto.js';

/** Responds with a fixed message after the operation. @param status the status of the route */
export const AnswersDone = (message: string, status = 200): MethodDecorator =>
  applyDecorators(
    UseInterceptors(new FixedAnswer({ message } satisfies ClientDoneDto)),
    ApiResponse({ status, type: ClientDoneDto }),
  );
