import type { ErrorText } from '../../../../protocols/client/client-errors.decorator.js';

/** Errors that several routes document. */
export const AI_ERRORS = {
  noModel: ['ai.not_an_ai_bot', 'No model answers for this bot: it has no ai settings.'],
  noAnswer: ['ai.run_not_found', 'There is no such answer of a model.'],
  nothingToRepeat: ['ai.nothing_to_repeat', 'No model has answered in this chat yet.'],
  nothingToContinue: ['ai.nothing_to_continue', 'This answer has come to its end: there is no more of it.'],
  underWay: ['ai.run_under_way', 'An answer is under way in this chat: stop it first, or wait.'],
  lastEndpoint: ['endpoint.last', "Cannot remove the bot's last endpoint. Add a callback first."],
  toolUnusable: ['ai.tool_unusable', 'The tool get_weather cannot be used: its address must begin with https.'],
} as const satisfies Record<string, ErrorText>;
