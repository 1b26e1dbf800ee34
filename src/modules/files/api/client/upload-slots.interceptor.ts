import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Response } from 'express';
import type { Observable } from 'rxjs';
import { FilesSettings } from '../../files.settings.js';
import { addressKey } from '../../../../core/rate-limit/client-address.js';
import { ConcurrencyLimiter } from '../../../../core/rate-limit/concurrency-limiter.js';
import type { ConcurrencyLimit } from '../../../../core/rate-limit/rate-limit.js';
import type { ClientRequest } from '../../../../protocols/client/client-request.js';

/** Limits the concurrent uploads per user and per client address. Bots authenticate by key and are not limited. */
@Injectable()
export class UploadSlotsInterceptor implements NestInterceptor {
  private readonly perUser: ConcurrencyLimit;
  private readonly perAddress: ConcurrencyLimit;

  constructor(
    settings: FilesSettings,
    private readonly slots: ConcurrencyLimiter,
  ) {
    this.perUser = {
      name: 'uploads/user',
      code: 'file.too_many_uploads_of_user',
      what: 'uploads of this user',
      max: settings.UPLOADS_PER_USER,
    };
    this.perAddress = {
      name: 'uploads/address',
      code: 'file.too_many_uploads_from_address',
      what: 'uploads from this address',
      max: settings.UPLOADS_PER_ADDRESS,
    };
  }

  /** @throws DomainError rate_limited `file.too_many_uploads_of_user`, `file.too_many_uploads_from_address` */
  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    const { actor, ip } = http.getRequest<ClientRequest>();
    if (actor?.kind !== 'user') return next.handle();
    const slots = await this.slots.acquire([this.perUser, actor.id], [this.perAddress, addressKey(ip)]);
    const response = http.getResponse<Response>();
    if (response.closed) slots.release();
    else response.once('close', () => slots.release());
    return next.handle();
  }
}
