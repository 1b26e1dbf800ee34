import { withoutTruncationMark } from '../reply-parts.js';
import type { PromptMessage } from '../../providers/model.types.js';
import { toPromptMessages, type ToolRound } from '../tools/tool-rounds.js';
import { type TokenCounter, truncateToFit, countPromptTokens } from './prompt-unit.js';

/** Without an instruction, models start over. */
const CONTINUE = 'Go on exactly where you stopped. Repeat nothing, and do not introduce it.';

/** Messages that make a model continue a reply. */
export interface Continuation {
  messages: PromptMessage[];
  tokens: number;
}

export const NO_CONTINUATION: Continuation = { messages: [], tokens: 0 };

/**
 * @param rounds tool rounds of this run
 * @param maxTokens limit for the end of the reply, and for the messages after it
 */
export function continuationOf(
  reply: string,
  rounds: readonly ToolRound[],
  maxTokens: number,
  count: TokenCounter,
): Continuation {
  let text = withoutTruncationMark(reply);
  while (text.length > 1 && count(text) > maxTokens) text = text.slice(Math.ceil(text.length * 0.2));
  const rest: PromptMessage[] = [{ role: 'user', content: CONTINUE }, ...toPromptMessages(rounds)];
  truncateToFit(rest, maxTokens, count);
  const messages: PromptMessage[] = [{ role: 'assistant', content: text }, ...rest];
  return { messages, tokens: countPromptTokens(messages, count) };
}
