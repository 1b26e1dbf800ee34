import { storableText } from '../../../../core/text/storable-text.js';
import type { PromptMessage } from '../../providers/model.types.js';

/** Counts tokens. */
export type TokenCounter = (text: string) => number;

/** Overhead of a message or call, as OpenAI counts. */
export const TOKENS_PER_MESSAGE = 4;
/** Minimum of a truncated tool result. */
const MIN_RESULT_TOKENS = 50;
const CUT = '\n[… a part of this message was left out …]\n';

/** @returns the tokens of messages, including tool calls */
export const countPromptTokens = (unit: readonly PromptMessage[], count: TokenCounter): number =>
  unit.reduce((sum, { content, toolCalls = [] }) => {
    const calls = toolCalls.map((call) => count(call.name) + count(call.arguments) + TOKENS_PER_MESSAGE);
    return calls.reduce((total, tokens) => total + tokens, sum + count(content) + TOKENS_PER_MESSAGE);
  }, 0);

/**
 * Truncates messages in place: first the tool results, by equal shares, then the first message, which is the trigger. Both lose their
 * middle.
 */
export function truncateToFit(unit: readonly PromptMessage[], maxTokens: number, count: TokenCounter): void {
  const results = unit.filter(({ role }) => role === 'tool');
  const resultTokens = results.reduce((sum, { content }) => sum + count(content), 0);
  const share = Math.floor((maxTokens - (countPromptTokens(unit, count) - resultTokens)) / Math.max(results.length, 1));
  for (const result of results) truncate(result, Math.max(share, MIN_RESULT_TOKENS), count);
  const [trigger] = unit;
  truncate(trigger, Math.max(maxTokens - (countPromptTokens(unit, count) - count(trigger.content)), 1), count);
}

/** Keeps as much of both ends as fits. */
function truncate(message: PromptMessage, maxTokens: number, count: TokenCounter): void {
  const { content } = message;
  if (count(content) <= maxTokens) return;
  let kept = Math.min(content.length, Math.max(maxTokens, 1) * 4);
  const shortened = () =>
    storableText(content.slice(0, Math.ceil(kept / 2)) + CUT + content.slice(content.length - Math.floor(kept / 2)));
  while (kept > 2 && count(shortened()) > maxTokens) kept = Math.floor(kept * 0.8);
  message.content = shortened();
}
