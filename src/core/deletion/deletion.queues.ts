import type { QueueDefinition } from '../queue/queue-definition.js';

/** Wake-up for deletion tasks: `{}`. */
export const DELETION_WAKEUP: QueueDefinition = { name: 'deletion', concurrency: () => 1 };

export const DELETION_QUEUES: readonly QueueDefinition[] = [DELETION_WAKEUP];
