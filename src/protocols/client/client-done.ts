import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { map, type Observable } from 'rxjs';
import { ClientDoneDto } from './client-done.dto.js';

class DoneAnswer implements NestInterceptor {
  constructor(private readonly message: string) {}

  intercept(_: ExecutionContext, next: CallHandler): Observable<ClientDoneDto> {
    return next.handle().pipe(map(() => ({ message: this.message })));
  }
}

/** For routes that have nothing to show: they tell what has been done. @param status that of the route */
export const AnswersDone = (message: string, status = 200): MethodDecorator =>
  applyDecorators(UseInterceptors(new DoneAnswer(message)), ApiResponse({ status, type: ClientDoneDto }));
