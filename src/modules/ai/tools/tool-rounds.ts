import type { PromptMessage, ToolCall } from '../model/model.types.js';

/** A call of a tool with what came of it, in the words that the model is told. */
export interface AnsweredCall extends ToolCall {
  result: string;
}

/** What a model has asked of tools at once, after some words or none, and what they have said. */
export interface ToolRound {
  said: string;
  calls: readonly AnsweredCall[];
}

/** As models are told of it: each round is what they have asked for, and right behind it what came of each call. */
export const toPrompt = (rounds: readonly ToolRound[]): PromptMessage[] =>
  rounds.flatMap(({ said, calls }): PromptMessage[] => [
    { role: 'assistant', content: said, toolCalls: calls.map(({ result: _result, ...call }) => call) },
    ...calls.map(({ id, result }): PromptMessage => ({ role: 'tool', content: result, toolCallId: id })),
  ]);
