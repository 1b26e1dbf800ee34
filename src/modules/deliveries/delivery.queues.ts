import type { QueueDefinition } from '../../core/queue/queue-definition.js';

/** "The log of this chat has grown": `{chatId}`. */
export const CHAT_WAKEUP: QueueDefinition = { name: 'chat-bell', concurrency: () => 8 };

/** "This endpoint has due work": `{endpointId}`, with a `shard` above 0 where one process is not enough for it. */
export const DELIVERY_WAKEUP: QueueDefinition = {
  name: 'delivery-wakeup',
  concurrency: (settings) => settings.DELIVERY_CONCURRENCY,
};

/** "There may be something to tidy up": `{}`. */
export const HOUSEKEEPING_BELL: QueueDefinition = { name: 'delivery-housekeeping', concurrency: () => 1 };

export const DELIVERY_QUEUES: readonly QueueDefinition[] = [CHAT_WAKEUP, DELIVERY_WAKEUP, HOUSEKEEPING_BELL];
