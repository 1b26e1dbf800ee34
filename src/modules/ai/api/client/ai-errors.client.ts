import type { ErrorText } from '../../../../protocols/client/client-errors.decorator.js';

/** Errors that several routes document. */
export const AI_ERRORS = {
  notAnAiBot: ['ai.not_an_ai_bot', 'The bot has no AI settings.'],
  runNotFound: ['ai.run_not_found', 'Run not found.'],
  nothingToRepeat: ['ai.nothing_to_repeat', 'The chat has no AI reply yet.'],
  nothingToContinue: ['ai.nothing_to_continue', 'The reply is complete and cannot be continued.'],
  runUnderWay: ['ai.run_under_way', 'A reply is being generated in this chat. Cancel it or wait.'],
  lastEndpoint: ['endpoint.last', "Cannot remove the bot's last endpoint. Add a callback first."],
  toolUnusable: ['ai.tool_unusable', 'Tool get_weather cannot be used: its address must use https.'],
} as const satisfies Record<string, ErrorText>;
