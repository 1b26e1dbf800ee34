import type { QueueDefinition } from '../../core/queue/queue-definition.js';
import { AiModuleSettings } from './ai.settings.js';

/** An AI bot in a chat: the data of both wake-ups. */
export interface BotChatKey {
  botId: string;
  chatId: string;
}

/** Wake-up: a chat has queued runs. */
export const AI_RUN_WAKEUP: QueueDefinition = {
  name: 'ai-run',
  concurrency: (settingsOf) => settingsOf(AiModuleSettings).AI_CONCURRENCY,
};

/** Wake-up: a chat summary may have to be extended. Low concurrency: runs come first. */
export const AI_SUMMARY_WAKEUP: QueueDefinition = { name: 'ai-summary', concurrency: () => 2 };

export const AI_QUEUES: readonly QueueDefinition[] = [AI_RUN_WAKEUP, AI_SUMMARY_WAKEUP];
