import type { QueueDefinition } from '../../core/queue/queue-definition.js';

/** "A bot has something to answer in this chat": `{botId, chatId}`. */
export const AI_RUN_BELL: QueueDefinition = { name: 'ai-run', concurrency: (settings) => settings.AI_CONCURRENCY };

export const AI_QUEUES: readonly QueueDefinition[] = [AI_RUN_BELL];
