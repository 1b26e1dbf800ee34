import type { QueueDefinition } from '../../core/queue/queue-definition.js';

/** Generate the preview of a file: `{fileId}`. Concurrency 1, since one preview can use the whole memory limit. */
export const PREVIEW_WAKEUP: QueueDefinition = { name: 'file-preview', concurrency: () => 1 };

/** Delete unused files: `{}`. */
export const CLEANING_WAKEUP: QueueDefinition = { name: 'file-cleaning', concurrency: () => 1 };

export const FILE_QUEUES: readonly QueueDefinition[] = [PREVIEW_WAKEUP, CLEANING_WAKEUP];
