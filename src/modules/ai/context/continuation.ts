import { withoutCut } from '../answer-parts.js';
import type { PromptMessage } from '../model/model.types.js';
import { toPrompt, type ToolRound } from '../tools/tool-rounds.js';
import { type Counter, cutToFit, priceOf } from './prompt-unit.js';

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
  answer: string,
  rounds: readonly ToolRound[],
  maxTokens: number,
  count: Counter,
): Continuation {
  let text = withoutCut(answer);
  while (text.length > 1 && count(text) > maxTokens) text = text.slice(Math.ceil(text.length * 0.2));
  const rest: PromptMessage[] = [{ role: 'user', content: CONTINUE }, ...toPrompt(rounds)];
  cutToFit(rest, maxTokens, count);
  const messages: PromptMessage[] = [{ role: 'assistant', content: text }, ...rest];
  return { messages, tokens: priceOf(messages, count) };
}
