import type { ModelFailure } from '../providers/model-failure.js';
import type { ModelUsage, ToolCall } from '../providers/model.types.js';

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
