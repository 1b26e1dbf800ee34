import type { QueueDefinition } from '../../core/queue/queue-definition.js';
import { DeliverySettings } from './deliveries.settings.js';

/** Wakes workers for a chat with new entries: `{chatId}`. */
export const CHAT_WAKEUP: QueueDefinition = { name: 'chat-wakeup', concurrency: () => 8 };

/** Wakes workers for an endpoint with due work: `{endpointId}`, and a `shard` above 0 for each further process. */
export const DELIVERY_WAKEUP: QueueDefinition = {
  name: 'delivery-wakeup',
  concurrency: (settingsOf) => settingsOf(DeliverySettings).DELIVERY_CONCURRENCY,
};

/** Starts the hourly housekeeping: `{}`. */
export const HOUSEKEEPING_WAKEUP: QueueDefinition = { name: 'delivery-housekeeping', concurrency: () => 1 };

export const DELIVERY_QUEUES: readonly QueueDefinition[] = [CHAT_WAKEUP, DELIVERY_WAKEUP, HOUSEKEEPING_WAKEUP];
