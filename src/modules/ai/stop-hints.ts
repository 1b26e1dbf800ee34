import { Injectable } from '@nestjs/common';
import { LiveBus } from '../../core/live/live-bus.js';

const topicOf = (runId: string): string => `ai-run:${runId}`;

/** Tells the worker that has a run, in whatever process, to look whether it is to stop. Who misses it looks within a second. */
@Injectable()
export class StopHints {
  constructor(private readonly live: LiveBus) {}

  tell(runs: readonly { id: string }[]): void {
    for (const { id } of runs) this.live.publish(topicOf(id), { runId: id });
  }

  /** @returns a function that ends it */
  listen(runId: string, look: () => void): () => void {
    return this.live.subscribe(topicOf(runId), look);
  }
}
