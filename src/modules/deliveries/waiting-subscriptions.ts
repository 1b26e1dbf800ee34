import { Injectable, Logger } from '@nestjs/common';
import { GroupCommit } from '../../core/database/group-commit.js';
import { DeliveryWakeups } from './delivery-wakeups.js';
import { RetriesRepository } from './retries.repository.js';
import type { SubscriptionKey } from './subscriptions.repository.js';

const GROUPS = { maxItems: 128, maxInFlight: 1 };

/**
 * Makes subscriptions due that wait for a session of their bot. Best effort: otherwise they become due within seconds.
 */
@Injectable()
export class WaitingSubscriptions {
  private readonly logger = new Logger(WaitingSubscriptions.name);
  private readonly group = new GroupCommit<SubscriptionKey, void>(async (keys) => {
    this.publish(await this.retries.makeChatsDue(keys));
    return keys.map(() => ({ value: undefined }));
  }, GROUPS);

  constructor(
    private readonly retries: RetriesRepository,
    private readonly wakeups: DeliveryWakeups,
  ) {}

  /** The acknowledgement arrived, or the session closed. */
  makeDue(key: SubscriptionKey): void {
    this.group.write(key).catch((error: Error) => this.warn(error));
  }

  /** A session opened that can receive all waiting entries. */
  async makeAllDue(endpointId: string): Promise<void> {
    try {
      this.publish(await this.retries.makeEndpointDue(endpointId));
    } catch (error) {
      this.warn(error as Error);
    }
  }

  private publish(due: readonly SubscriptionKey[]): void {
    for (const endpointId of new Set(due.map((key) => key.endpointId))) this.wakeups.wakeEndpoint(endpointId);
  }

  private warn(error: Error): void {
    this.logger.warn(`Waiting subscriptions could not be made due: ${error.message}`);
  }
}
