import type { QueueDefinition } from '../queue/queue-definition.js';

/** "There is something to delete": `{}`. */
export const DELETION_WAKEUP: QueueDefinition = { name: 'deletion', concurrency: () => 1 };

export const DELETION_QUEUES: readonly QueueDefinition[] = [DELETION_WAKEUP];
