import { withoutCut } from '../answer-parts.js';
import type { PromptMessage } from '../model/model.types.js';
import { toPrompt, type ToolRound } from '../tools/tool-rounds.js';
import { type Counter, cutToFit, priceOf } from './prompt-unit.js';

/** Models that are shown their own words alone begin anew. */
const GO_ON = 'Go on exactly where you stopped. Repeat nothing, and do not introduce it.';

/** What makes a model go on with an answer. */
export interface Continuation {
  messages: PromptMessage[];
  tokens: number;
}

export const NO_CONTINUATION: Continuation = { messages: [], tokens: 0 };

/**
 * @param rounds what tools have said for the rest, so far
 * @param maxTokens of the answer: of a longer one the end is enough to go on from; and of what follows it
 */
export function continuationOf(
  answer: string,
  rounds: readonly ToolRound[],
  maxTokens: number,
  count: Counter,
): Continuation {
  let said = withoutCut(answer);
  while (said.length > 1 && count(said) > maxTokens) said = said.slice(Math.ceil(said.length * 0.2));
  const rest: PromptMessage[] = [{ role: 'user', content: GO_ON }, ...toPrompt(rounds)];
  cutToFit(rest, maxTokens, count);
  const messages: PromptMessage[] = [{ role: 'assistant', content: said }, ...rest];
  return { messages, tokens: priceOf(messages, count) };
}
