import { Injectable } from '@nestjs/common';
import { LiveBus } from '../../core/live/live-bus.js';

const topicOf = (runId: string): string => `ai-run:${runId}`;

/** Notifies the worker of a run, in any process, to check for a stop request. A missed notification is made up for within a second. */
@Injectable()
export class StopHints {
  constructor(private readonly live: LiveBus) {}

  tell(runs: readonly { id: string }[]): void {
    for (const { id } of runs) this.live.publish(topicOf(id), { runId: id });
  }

  /** @returns a function that unsubscribes */
  listen(runId: string, onStop: () => void): () => void {
    return this.live.subscribe(topicOf(runId), onStop);
  }
}
