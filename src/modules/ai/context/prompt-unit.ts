import { storableText } from '../../../core/text/storable-text.js';
import type { PromptMessage } from '../model/model.types.js';

/** Counts tokens. */
export type Counter = (text: string) => number;

/** What a message, or a call, costs beside its words, as the models' maker counts. */
export const TOKENS_PER_MESSAGE = 4;
/** A result is not cut to less: nothing would be left of it. */
const MIN_RESULT_TOKENS = 50;
const CUT = '\n[… a part of this message was left out …]\n';

/** What messages cost, with all that they ask of tools. */
export const priceOf = (unit: readonly PromptMessage[], count: Counter): number =>
  unit.reduce((sum, { content, toolCalls = [] }) => {
    const calls = toolCalls.map((call) => count(call.name) + count(call.arguments) + TOKENS_PER_MESSAGE);
    return calls.reduce((total, price) => total + price, sum + count(content) + TOKENS_PER_MESSAGE);
  }, 0);

/**
 * Makes what has to be told fit, in place: what tools have said loses its middle first, each its share, and then what is answered,
 * which comes first.
 */
export function cutToFit(unit: readonly PromptMessage[], room: number, count: Counter): void {
  const results = unit.filter(({ role }) => role === 'tool');
  const ofResults = results.reduce((sum, { content }) => sum + count(content), 0);
  const share = Math.floor((room - (priceOf(unit, count) - ofResults)) / Math.max(results.length, 1));
  for (const result of results) cut(result, Math.max(share, MIN_RESULT_TOKENS), count);
  const [trigger] = unit;
  cut(trigger, Math.max(room - (priceOf(unit, count) - count(trigger.content)), 1), count);
}

/** Keeps as much of both ends as fits. */
function cut(message: PromptMessage, maxTokens: number, count: Counter): void {
  const { content } = message;
  if (count(content) <= maxTokens) return;
  let kept = Math.min(content.length, Math.max(maxTokens, 1) * 4);
  const shorter = () =>
    storableText(content.slice(0, Math.ceil(kept / 2)) + CUT + content.slice(content.length - Math.floor(kept / 2)));
  while (kept > 2 && count(shorter()) > maxTokens) kept = Math.floor(kept * 0.8);
  message.content = shorter();
}
