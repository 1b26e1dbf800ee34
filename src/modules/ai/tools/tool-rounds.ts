import type { PromptMessage, ToolCall } from '../model/model.types.js';
import type { ToldToolCall } from './tool-calls.repository.js';

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

/** Without what was said between them: all of it is in the answer that they have helped with. */
export const wordless = (rounds: readonly ToolRound[]): ToolRound[] => rounds.map(({ calls }) => ({ said: '', calls }));

/**
 * The rounds of an answer. One that is not done, or was erased, is left out: models take no call without its result.
 *
 * @param calls in the order in which they were asked for
 */
export function toRounds(calls: readonly ToldToolCall[]): ToolRound[] {
  const rounds = new Map<string, ToldToolCall[]>();
  for (const call of calls) {
    const name = `${call.runId} ${call.round}`;
    rounds.set(name, [...(rounds.get(name) ?? []), call]);
  }
  return [...rounds.values()].flatMap((each) =>
    each.some(({ result }) => result === null) ? [] : [{ said: each[0].said, calls: each.map(toAnswered) }],
  );
}

const toAnswered = ({ callId, tool, arguments: text, result }: ToldToolCall): AnsweredCall => ({
  id: callId,
  name: tool,
  arguments: text,
  result: result ?? '',
});
