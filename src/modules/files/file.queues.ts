import type { QueueDefinition } from '../../core/queue/queue-definition.js';

/** "This file wants a preview": `{fileId}`. One at a time, since one may use all the memory that there is for them. */
export const PREVIEW_BELL: QueueDefinition = { name: 'file-preview', concurrency: () => 1 };

/** "There may be files to remove": `{}`. */
export const CLEANING_BELL: QueueDefinition = { name: 'file-cleaning', concurrency: () => 1 };

export const FILE_QUEUES: readonly QueueDefinition[] = [PREVIEW_BELL, CLEANING_BELL];
