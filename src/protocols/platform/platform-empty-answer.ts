import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import { ApiOkResponse } from '@nestjs/swagger';
import { map, type Observable } from 'rxjs';
import { PlatformEmptyDto } from './platform-error.dto.js';

class EmptyAnswer implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<PlatformEmptyDto> {
    return next.handle().pipe(map(() => ({})));
  }
}

const EMPTY_ANSWER = new EmptyAnswer();

/** For operations that have nothing to tell: once what was asked for is done, they answer `{}`. */
export const AnswersEmpty = (): MethodDecorator =>
  applyDecorators(UseInterceptors(EMPTY_ANSWER), ApiOkResponse({ type: PlatformEmptyDto }));
