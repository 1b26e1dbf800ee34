import type { MessageEntity } from '../../messages/index.js';
import type { RequestTrace } from '../providers/model-gateway.js';
import type { ModelRequest } from '../providers/model.types.js';
import type { Completion, CompletionRun } from './completion.js';
import type { Prompt } from './context/prompt-builder.js';
import type { AiToolCallEntity } from './tools/tool-call.entity.js';

/** A worker's session on a run: the lease, the limits and the records that a completion has to observe. */
export interface CompletionSession {
  readonly run: CompletionRun;
  /** Lease token: fences the writes of the session. */
  readonly token: string;
  /** Aborted when the run has to stop. */
  readonly signal: AbortSignal;
  readonly isStopped: boolean;
  /** The run was not stopped by a user: another worker takes over its open tool calls. */
  readonly isHandedOver: boolean;

  /** Stops the session: another worker owns the run. */
  stopLost(): void;
  /** A part of the completion became visible. */
  onOutput(): void;
  /** The reply to continue; undefined unless the run continues one that still exists. */
  findContinuedReply(): Promise<MessageEntity | undefined>;
  /**
   * Reserves the tokens of a request.
   *
   * @param promptTokens of the request
   * @param limitDoublings how often the output limit is doubled
   * @returns the request, possibly with a cheaper model; undefined if no tokens are left
   */
  reserve(request: ModelRequest, promptTokens: number, limitDoublings: number): Promise<ModelRequest | undefined>;
  /** Records the usage and the failures of a request. */
  recordRequest(prompt: Prompt, trace: RequestTrace, completion: Completion): Promise<void>;
  /** Saves the usage so far and the new tool calls of the model before the next request. Stops the session if it was lost. */
  save(calls: readonly AiToolCallEntity[]): Promise<void>;
}
