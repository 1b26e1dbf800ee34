export {
  AI_CONCURRENCIES,
  AI_CONTEXT_NAMES,
  AI_DEFAULTS,
  AI_REASONING_EFFORTS,
  AI_SYSTEM_JOINS,
  AI_VERBOSITIES,
  type AiChanges,
  aiSettingsOf,
  type AiConcurrency,
  type AiContextNames,
  type AiFallback,
  type AiReasoningEffort,
  type AiSystemJoin,
  type AiSettings,
  type AiTool,
  type AiVerbosity,
} from './ai-settings.js';
export { mergeAiChanges, modelsWithoutKey } from './ai-changes.js';
export { BotEndpointsService, type EndpointSpec } from './bot-endpoints.service.js';
export {
  type BodyFormat,
  BotCommandEntity,
  BotEndpointEntity,
  BotEntity,
  INVITATION_PREFERENCE,
  type InvitationPreference,
  type Transport,
} from './bot.entity.js';
export { botNotFound, lastEndpoint } from './bot.errors.js';
export { BotDisabled, EndpointAdded, EndpointChanged, EndpointRemoving } from './bot.events.js';
export type { BotCursor, BotFilter, BotProfile } from './bots.repository.js';
export { BotsModule } from './bots.module.js';
export { BotCommandsService } from './bot-commands.service.js';
export { BotsService, type CreateBot, type UpdateBot } from './bots.service.js';
