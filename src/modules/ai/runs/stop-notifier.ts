import { Injectable } from '@nestjs/common';
import { PubSub } from '../../../core/pubsub/pubsub.js';

const topicOf = (runId: string): string => `ai-run:${runId}`;

/** Notifies the worker of a run, in any process, to check for a stop request. A missed notification is made up for within a second. */
@Injectable()
export class StopNotifier {
  constructor(private readonly pubsub: PubSub) {}

  notify(runs: readonly { id: string }[]): void {
    for (const { id } of runs) this.pubsub.publish(topicOf(id), { runId: id });
  }

  /** @returns a function that unsubscribes */
  subscribe(runId: string, onStop: () => void): () => void {
    return this.pubsub.subscribe(topicOf(runId), onStop);
  }
}
