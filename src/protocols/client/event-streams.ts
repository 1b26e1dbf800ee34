import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { Response } from 'express';
import { DomainError } from '../../core/errors/domain.error.js';
import { EventStream } from './event-stream.js';

/** Tabs and devices that one user may listen with, in each process. */
const MAX_PER_USER = 20;

/** The open streams of this process. They end with it, so that it need not wait for those who would listen for ever. */
@Injectable()
export class EventStreams implements OnModuleDestroy {
  private readonly open = new Map<string, Set<EventStream>>();
  private stopping = false;

  /** @throws DomainError rate_limited `events.too_many`; unavailable `events.stopping` */
  add(userId: string, response: Response): EventStream {
    if (this.stopping) throw new DomainError('unavailable', 'events.stopping', 'This server is about to stop.');
    const streams = this.open.get(userId) ?? new Set();
    if (streams.size >= MAX_PER_USER) {
      throw new DomainError('rate_limited', 'events.too_many', `A user may have ${MAX_PER_USER} streams open.`);
    }
    const stream = new EventStream(response);
    this.open.set(userId, streams.add(stream));
    stream.signal.addEventListener('abort', () => {
      streams.delete(stream);
      if (streams.size === 0 && this.open.get(userId) === streams) this.open.delete(userId);
    });
    return stream;
  }

  onModuleDestroy(): void {
    this.stopping = true;
    for (const stream of [...this.open.values()].flatMap((streams) => [...streams])) stream.end();
  }
}
