import { DELETION_QUEUES } from '../core/deletion/deletion.queues.js';
import type { QueueDefinition } from '../core/queue/queue-definition.js';
import { AI_QUEUES } from '../modules/ai/index.js';
import { DELIVERY_QUEUES } from '../modules/deliveries/index.js';
import { FILE_QUEUES } from '../modules/files/index.js';

/** All queues. A worker refuses to start unless each has exactly one processor. */
export const QUEUES: readonly QueueDefinition[] = [
  ...DELETION_QUEUES,
  ...DELIVERY_QUEUES,
  ...FILE_QUEUES,
  ...AI_QUEUES,
];
