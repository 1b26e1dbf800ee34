import type { QueueDefinition } from '../../core/queue/queue-definition.js';

/** "The log of this chat has grown": `{chatId}`. */
export const CHAT_BELL: QueueDefinition = { name: 'chat-bell', concurrency: () => 8 };

/** "This lane has something to do": `{endpointId, chatId}`. */
export const LANE_BELL: QueueDefinition = {
  name: 'lane-bell',
  concurrency: (settings) => settings.DELIVERY_CONCURRENCY,
};

/** "There may be something to tidy up": `{}`. */
export const HOUSEKEEPING_BELL: QueueDefinition = { name: 'delivery-housekeeping', concurrency: () => 1 };

export const DELIVERY_QUEUES: readonly QueueDefinition[] = [CHAT_BELL, LANE_BELL, HOUSEKEEPING_BELL];
