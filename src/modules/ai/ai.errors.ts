import { DomainError } from '../../core/errors/domain.error.js';

export const notAnAiBot = () => new DomainError('invalid', 'ai.not_an_ai_bot', 'The bot has no AI settings.');
export const toolUnusable = (tool: string, reason: string) =>
  new DomainError('invalid', 'ai.tool_unusable', `Tool ${tool} cannot be used: ${reason}.`, {
    field: 'tools',
    reason,
  });
export const runNotFound = () => new DomainError('not_found', 'ai.run_not_found', 'Run not found.');
export const nothingToRepeat = () =>
  new DomainError('not_found', 'ai.nothing_to_repeat', 'The chat has no AI reply yet.');
export const nothingToContinue = () =>
  new DomainError('conflict', 'ai.nothing_to_continue', 'The reply is complete and cannot be continued.');
export const runUnderWay = () =>
  new DomainError('conflict', 'ai.run_under_way', 'A reply is being generated in this chat. Cancel it or wait.');
export const modelFailed = (message: string) => new DomainError('unavailable', 'ai.model_failed', message);
export const budgetUsedUp = () =>
  new DomainError('rate_limited', 'ai.budget_exhausted', 'The daily token budget of the bot is used up.');
