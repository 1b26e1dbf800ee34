import { DomainError } from '../../core/errors/domain.error.js';

export const notAnAiBot = () =>
  new DomainError('invalid', 'ai.not_an_ai_bot', 'No model answers for this bot: it has no ai settings.');
export const toolUnusable = (tool: string, reason: string) =>
  new DomainError('invalid', 'ai.tool_unusable', `The tool ${tool} cannot be used: ${reason}.`, {
    field: 'tools',
    reason,
  });
export const runNotFound = () =>
  new DomainError('not_found', 'ai.run_not_found', 'There is no such answer of a model.');
export const nothingToRepeat = () =>
  new DomainError('not_found', 'ai.nothing_to_repeat', 'No model has answered in this chat yet.');
export const nothingToContinue = () =>
  new DomainError('conflict', 'ai.nothing_to_continue', 'This answer has come to its end: there is no more of it.');
export const runUnderWay = () =>
  new DomainError('conflict', 'ai.run_under_way', 'An answer is under way in this chat: stop it first, or wait.');
export const modelFailed = (message: string) => new DomainError('unavailable', 'ai.model_failed', message);
export const budgetUsedUp = () =>
  new DomainError('rate_limited', 'ai.budget_exhausted', 'The tokens that this bot may use in a day are used up.');
