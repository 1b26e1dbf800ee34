import type { ModelFailure } from '../model/model-failure.js';
import type { ModelUsage, ToolCall } from '../model/model.types.js';

/** The output of a model, and how it ended. */
export interface Speech {
  /** Visible text of all requests. */
  text: string;
  /** Unfiltered text of the last request. */
  said: string;
  /** Tool calls of the last request. */
  toolCalls: readonly ToolCall[];
  /** Finish reason and usage of the last request. */
  finishReason: string;
  usage?: ModelUsage;
  failure?: ModelFailure;
  /** Why input or output was blocked. */
  banned?: string;
  /** From `performance.now()`; undefined until viewers have seen output. */
  firstWordAt?: number;
  /** Shown to operators. */
  remarks: string[];
}
