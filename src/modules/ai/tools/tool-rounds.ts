import type { PromptMessage, ToolCall } from '../model/model.types.js';
import type { ToldToolCall } from './tool-calls.repository.js';

/** A finished tool call. */
export interface AnsweredCall extends ToolCall {
  result: string;
}

/** The tool calls of one completion, with its text and their results. */
export interface ToolRound {
  said: string;
  calls: readonly AnsweredCall[];
}

/** The rounds as prompt messages: the calls of each round, followed by their results. */
export const toPrompt = (rounds: readonly ToolRound[]): PromptMessage[] =>
  rounds.flatMap(({ said, calls }): PromptMessage[] => [
    { role: 'assistant', content: said, toolCalls: calls.map(({ result: _result, ...call }) => call) },
    ...calls.map(({ id, result }): PromptMessage => ({ role: 'tool', content: result, toolCallId: id })),
  ]);

/** Removes the text of the rounds, which is part of the reply already. */
export const wordless = (rounds: readonly ToolRound[]): ToolRound[] => rounds.map(({ calls }) => ({ said: '', calls }));

/**
 * Groups calls into rounds. Unfinished and erased rounds are left out: models reject a call without its result.
 *
 * @param calls in call order
 */
export function toRounds(calls: readonly ToldToolCall[]): ToolRound[] {
  const rounds = new Map<string, ToldToolCall[]>();
  for (const call of calls) {
    const name = `${call.runId} ${call.round}`;
    rounds.set(name, [...(rounds.get(name) ?? []), call]);
  }
  return [...rounds.values()].flatMap((each) =>
    each.some(({ result }) => result === null) ? [] : [{ said: each[0].said, calls: each.map(toCompleted) }],
  );
}

const toCompleted = ({ callId, tool, arguments: text, result }: ToldToolCall): AnsweredCall => ({
  id: callId,
  name: tool,
  arguments: text,
  result: result ?? '',
});
