import { Injectable, Logger } from '@nestjs/common';
import { GroupCommit } from '../../../core/database/group-commit.js';
import { DeliveryWakeups } from '../delivery-wakeups.js';
import type { LaneKey } from '../lanes.repository.js';
import { SocketsRepository } from './sockets.repository.js';

const GROUPS = { maxItems: 128, maxInFlight: 1 };

/**
 * Makes subscriptions due that wait for a session of their bot. Best effort: what is not made due is looked at again within seconds.
 */
@Injectable()
export class WaitingSubscriptions {
  private readonly logger = new Logger(WaitingSubscriptions.name);
  private readonly group = new GroupCommit<LaneKey, void>(async (keys) => {
    this.publish(await this.sockets.makeChatsDue(keys));
    return keys.map(() => ({ value: undefined }));
  }, GROUPS);

  constructor(
    private readonly sockets: SocketsRepository,
    private readonly wakeups: DeliveryWakeups,
  ) {}

  /** What the subscription waits for has come, or will not come any more. */
  wake(key: LaneKey): void {
    this.group.write(key).catch((error: Error) => this.warn(error));
  }

  /** A session has come to which all that waits can be sent. */
  async wakeAll(endpointId: string): Promise<void> {
    try {
      this.publish(await this.sockets.makeEndpointDue(endpointId));
    } catch (error) {
      this.warn(error as Error);
    }
  }

  private publish(due: readonly LaneKey[]): void {
    for (const endpointId of new Set(due.map((key) => key.endpointId))) this.wakeups.wakeEndpoint(endpointId);
  }

  private warn(error: Error): void {
    this.logger.warn(`Subscriptions that wait for an acknowledgement are served later: ${error.message}`);
  }
}
