import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { map, type Observable } from 'rxjs';

/** Replaces the result of a route by a constant body. */
export class StaticResponse implements NestInterceptor {
  constructor(private readonly body: Readonly<object>) {}

  intercept(_: ExecutionContext, next: CallHandler): Observable<object> {
    return next.handle().pipe(map(() => this.body));
  }
}
