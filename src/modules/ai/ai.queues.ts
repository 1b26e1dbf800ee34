import type { QueueDefinition } from '../../core/queue/queue-definition.js';

/** "A bot has something to answer in this chat": `{botId, chatId}`. */
export const AI_RUN_BELL: QueueDefinition = { name: 'ai-run', concurrency: (settings) => settings.AI_CONCURRENCY };

/** "What a bot remembers of this chat may have to be made anew": `{botId, chatId}`. Few at a time: answers come first. */
export const AI_SUMMARY_BELL: QueueDefinition = { name: 'ai-summary', concurrency: () => 2 };

export const AI_QUEUES: readonly QueueDefinition[] = [AI_RUN_BELL, AI_SUMMARY_BELL];
