import type { AiSettings, BotEntity } from '../../bots/index.js';
import type { ChatEntity } from '../../chats/index.js';
import type { MessageEntity } from '../../messages/index.js';
import type { ModelFailure } from '../providers/model-failure.js';
import type { ModelTarget, ModelUsage, ToolCall } from '../providers/model.types.js';
import type { BannedPhrase } from './safeguard.js';

/** The run that a completion is generated for. */
export interface CompletionRun {
  id: string;
  botId: string;
  chatId: string;
  userId: string;
  attempt: number;
  /** Continues the reply of the previous attempt. */
  isContinued: boolean;
  /** How many times a worker has started it. */
  tries: number;
  /** Model requests so far. */
  requests: number;
}

/** Everything that a run needs: bot, chat, trigger message and models. */
export interface RunContext {
  bot: BotEntity;
  ai: AiSettings;
  chat: ChatEntity;
  trigger: MessageEntity;
  target: ModelTarget;
  /** Used in order when the target is unavailable. */
  fallbacks: ModelTarget[];
  /** Used when the daily tokens of the bot are used up. */
  downgradeTarget: ModelTarget | undefined;
  bannedPhrases: BannedPhrase[];
}

/** The output of a model, and how it ended. */
export interface Completion {
  /** Visible text of all requests. */
  text: string;
  /** Unfiltered text of the last request. */
  requestText: string;
  /** Tool calls of the last request. */
  toolCalls: readonly ToolCall[];
  /** Finish reason and usage of the last request. */
  finishReason: string;
  usage?: ModelUsage;
  failure?: ModelFailure;
  /** Why input or output was blocked. */
  blockReason?: string;
  /** From `performance.now()`; undefined until viewers have seen output. */
  firstTokenAt?: number;
  /** Shown to operators. */
  remarks: string[];
}
