import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { map, type Observable } from 'rxjs';

/** For routes that have nothing to show: once what was asked for is done, they answer always the same. */
export class FixedAnswer implements NestInterceptor {
  constructor(private readonly body: Readonly<object>) {}

  intercept(_: ExecutionContext, next: CallHandler): Observable<object> {
    return next.handle().pipe(map(() => this.body));
  }
}
