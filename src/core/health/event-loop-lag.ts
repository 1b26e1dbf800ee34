import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';

const NANOSECONDS_PER_MILLISECOND = 1e6;

/** Measures how long the event loop is blocked. */
@Injectable()
export class EventLoopLag implements OnModuleDestroy {
  private readonly histogram = monitorEventLoopDelay({ resolution: 100 });

  constructor() {
    this.histogram.enable();
  }

  onModuleDestroy(): void {
    this.histogram.disable();
  }

  /** @returns milliseconds of the longest delay since the last call */
  takeLongest(): number {
    const longest = this.histogram.max / NANOSECONDS_PER_MILLISECOND;
    this.histogram.reset();
    return longest;
  }
}
