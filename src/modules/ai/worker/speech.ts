import type { ModelFailure } from '../model/model-failure.js';
import type { ModelUsage, ToolCall } from '../model/model.types.js';

/** What a model has said, and how it ended. */
export interface Speech {
  /** What was shown, or was to be shown: of all requests. */
  text: string;
  /** All that was heard with the last request. */
  said: string;
  /** What the model wants of tools before it goes on. */
  toolCalls: readonly ToolCall[];
  /** How the last request ended, and what it has used. */
  finishReason: string;
  usage?: ModelUsage;
  failure?: ModelFailure;
  /** Why it must not be said, or should not have been asked. */
  banned?: string;
  /** Of `performance.now()`; undefined when nobody has seen a word. */
  firstWordAt?: number;
  /** For the operator. */
  remarks: string[];
}
