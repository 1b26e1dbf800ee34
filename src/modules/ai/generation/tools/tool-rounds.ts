import type { PromptMessage, ToolCall } from '../../providers/model.types.js';
import type { PromptToolCall } from './tool-calls.repository.js';

/** A finished tool call. */
export interface CompletedToolCall extends ToolCall {
  result: string;
}

/** The tool calls of one completion, with its text and their results. */
export interface ToolRound {
  text: string;
  calls: readonly CompletedToolCall[];
}

/** The rounds as prompt messages: the calls of each round, followed by their results. */
export const toPromptMessages = (rounds: readonly ToolRound[]): PromptMessage[] =>
  rounds.flatMap(({ text, calls }): PromptMessage[] => [
    { role: 'assistant', content: text, toolCalls: calls.map(({ result: _result, ...call }) => call) },
    ...calls.map(({ id, result }): PromptMessage => ({ role: 'tool', content: result, toolCallId: id })),
  ]);

/** Removes the text of the rounds, which is part of the reply already. */
export const withoutText = (rounds: readonly ToolRound[]): ToolRound[] =>
  rounds.map(({ calls }) => ({ text: '', calls }));

/**
 * Groups calls into rounds. Unfinished and erased rounds are left out: models reject a call without its result.
 *
 * @param calls in call order
 */
export function toRounds(calls: readonly PromptToolCall[]): ToolRound[] {
  const rounds = new Map<string, PromptToolCall[]>();
  for (const call of calls) {
    const name = `${call.runId} ${call.round}`;
    rounds.set(name, [...(rounds.get(name) ?? []), call]);
  }
  return [...rounds.values()].flatMap((each) =>
    each.some(({ result }) => result === null) ? [] : [{ text: each[0].precedingText, calls: each.map(toCompleted) }],
  );
}

const toCompleted = ({ callId, tool, arguments: text, result }: PromptToolCall): CompletedToolCall => ({
  id: callId,
  name: tool,
  arguments: text,
  result: result ?? '',
});
