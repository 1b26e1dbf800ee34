import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { Response } from 'express';
import { Settings } from '../../core/config/settings.js';
import { addressKey } from '../../core/rate-limit/client-address.js';
import { ConcurrencyLimiter, type SlotRequest } from '../../core/rate-limit/concurrency-limiter.js';
import type { ConcurrencyLimit } from '../../core/rate-limit/rate-limit.js';
import type { ClientRequest } from './client-request.js';
import { serverStopping } from './client.errors.js';
import { EventStream } from './event-stream.js';

/**
 * The open streams of this process, ended at shutdown. The limits per user and per client address are counted over all
 * processes.
 */
@Injectable()
export class EventStreams implements OnModuleDestroy {
  private readonly open = new Set<EventStream>();
  private readonly perUser: ConcurrencyLimit;
  private readonly perAddress: ConcurrencyLimit;
  private stopping = false;

  constructor(
    settings: Settings,
    private readonly slots: ConcurrencyLimiter,
  ) {
    this.perUser = {
      name: 'streams/user',
      code: 'events.too_many',
      what: 'event streams of this user',
      max: settings.STREAMS_PER_USER,
    };
    this.perAddress = {
      name: 'streams/address',
      code: 'events.too_many_from_address',
      what: 'event streams from this address',
      max: settings.STREAMS_PER_ADDRESS,
    };
  }

  /** @throws DomainError rate_limited `events.too_many`, `events.too_many_from_address`; unavailable `events.stopping` */
  async add({ actor, ip }: ClientRequest, response: Response): Promise<EventStream> {
    const requests: SlotRequest[] = [[this.perUser, actor!.id]];
    if (actor!.kind === 'user') requests.push([this.perAddress, addressKey(ip)]);
    const slots = await this.slots.acquire(...requests);
    if (this.stopping) {
      slots.release();
      throw serverStopping();
    }
    const stream = new EventStream(response);
    this.open.add(stream);
    const forget = () => {
      this.open.delete(stream);
      slots.release();
    };
    if (stream.signal.aborted) forget();
    else stream.signal.addEventListener('abort', forget, { once: true });
    return stream;
  }

  onModuleDestroy(): void {
    this.stopping = true;
    for (const stream of [...this.open]) stream.close();
  }
}
